/*
 * token_limiter.h
 *		At most five access tokens a minute for one user.
 */
#ifndef RELAY_TOKEN_LIMITER_H
#define RELAY_TOKEN_LIMITER_H

typedef struct TokenLimiter TokenLimiter;

extern TokenLimiter *token_limiter_open(void);
extern void token_limiter_close(TokenLimiter *limiter);

/* Counts a request of the user now; returns 0, or the seconds to wait when it is one too many. */
extern int token_limiter_admit(TokenLimiter *limiter, const char *user_id);

#endif
