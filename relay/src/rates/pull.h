/*
 * pull.h
 *		rates pull: a deck of what Twilio charges.
 */
#ifndef RELAY_RATES_PULL_H
#define RELAY_RATES_PULL_H

struct Config;
struct RatesOptions;

extern int rates_pull_run(const struct Config *config, const struct RatesOptions *options);

#endif
