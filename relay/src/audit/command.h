/*
 * command.h
 *		worldtune-relay audit DAY: Twilio's list of a day beside ours, both ways.
 */
#ifndef RELAY_AUDIT_COMMAND_H
#define RELAY_AUDIT_COMMAND_H

/* argv[0] is "audit". Answers the exit code: 0 they agree, 1 they do not, 2 wrong usage or settings, 3 it could not be found out. */
extern int audit_command(int argc, char **argv, const char *config_file);

#endif
