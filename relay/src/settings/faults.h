/*
 * faults.h
 *		What is wrong with the text of a setting: what a good one must be, or NULL when this is one.
 */
#ifndef RELAY_FAULTS_H
#define RELAY_FAULTS_H

extern const char *fault_of_account_sid(const char *value);
extern const char *fault_of_api_key(const char *value);
extern const char *fault_of_app_sid(const char *value);
extern const char *fault_of_phone_number(const char *value);
extern const char *fault_of_database_url(const char *value);
extern const char *fault_of_listen(const char *value);
extern const char *fault_of_url(const char *value);
extern const char *fault_of_call_mode(const char *value);
extern const char *fault_of_bucket(const char *value);
extern const char *fault_of_price(const char *value);
extern const char *fault_of_live_url(const char *value);
extern const char *fault_of_jwt_secret(const char *value);
extern const char *fault_of_origin(const char *value);
extern const char *fault_of_address_range(const char *value);

#endif
