/*
 * command.h
 *		worldtune-relay rates: decks of prices, from the command line.
 */
#ifndef RELAY_RATES_COMMAND_H
#define RELAY_RATES_COMMAND_H

#define RATES_EXIT_FAILURE 1
#define RATES_EXIT_USAGE 2

/* argv[0] is "rates". Answers the exit code: 0 done, 1 failed, 2 a command line or settings that are wrong.
 */
extern int rates_command(int argc, char **argv, const char *config_file);

#endif
