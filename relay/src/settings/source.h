/*
 * source.h
 *		Where the texts of settings come from: the environment, a file, files of secrets.
 */
#ifndef RELAY_SOURCE_H
#define RELAY_SOURCE_H

#include <stdio.h>

#include "settings/setting.h"

/*
 * Fills texts[], one for each setting, NULL for those that are not set; each is to be freed. Writes one line for each problem
 * and returns how many there were; broken[] tells which settings were given, or may have been, where that could not be read.
 */
extern int source_read(const Setting *settings, int count, const char *file, char **texts, bool *broken,
                       FILE *problems);

#endif
