/*
 * reload.h
 *		Reading the settings again while the relay runs.
 */
#ifndef RELAY_RELOAD_H
#define RELAY_RELOAD_H

#include "base/relay.h"

/*
 * Reads the environment and the file again. What is good comes into force with the next request; what is wrong is in the log, and
 * then everything stays as it was.
 */
extern void reload_settings(const Relay *relay, const char *file);

#endif
