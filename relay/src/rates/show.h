/*
 * show.h
 *		rates list, rates diff and rates lookup: what the database knows.
 */
#ifndef RELAY_RATES_SHOW_H
#define RELAY_RATES_SHOW_H

struct Config;
struct RatesOptions;

extern int rates_show_list(const struct Config *config, const struct RatesOptions *options);
extern int rates_show_diff(const struct Config *config, const struct RatesOptions *options);
extern int rates_show_activated(const struct Config *config, const struct RatesOptions *options);
extern int rates_show_cancelled(const struct Config *config, const struct RatesOptions *options);
extern int rates_show_pruned(const struct Config *config, const struct RatesOptions *options);
extern int rates_show_lookup(const struct Config *config, const struct RatesOptions *options);

#endif
