/*
 * destination_block.h
 *		Where nobody may call: worldtune.destination_blocks.
 */
#ifndef WORLDTUNE_DESTINATION_BLOCK_H
#define WORLDTUNE_DESTINATION_BLOCK_H

#include "postgres.h"

#include "pure/e164.h"

extern bool destination_is_blocked(const E164 *number);

#endif
