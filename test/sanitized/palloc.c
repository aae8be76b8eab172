/*
 * palloc.c
 *		Linked into the sanitized extension alone: what the extension allocates from PostgreSQL's memory contexts is seen by
 *		AddressSanitizer, byte by byte.
 *
 * A context takes chunks above 8 kB from malloc one by one, so each allocation is made that large and its tail is
 * poisoned; pfree and the end of the context give it to free, and use after that is found too.
 */
#include "postgres.h"

#include <sanitizer/asan_interface.h>

#include "utils/memutils.h"

/* Larger than any ALLOC_CHUNK_LIMIT of aset.c. */
#define LARGE_CHUNK ((Size) 8200)

static void *
fence(char *chunk, Size size, Size allocated)
{
	ASAN_UNPOISON_MEMORY_REGION(chunk, size);
	ASAN_POISON_MEMORY_REGION(chunk + size, allocated - size);
	return chunk;
}

static void *
allocate(MemoryContext context, Size size, int flags)
{
	Size allocated = Max(size, LARGE_CHUNK);

	return fence(MemoryContextAllocExtended(context, allocated, flags), size, allocated);
}

void *
MemoryContextAlloc(MemoryContext context, Size size)
{
	return allocate(context, size, 0);
}

void *
MemoryContextAllocZero(MemoryContext context, Size size)
{
	return allocate(context, size, MCXT_ALLOC_ZERO);
}

void *
palloc(Size size)
{
	return allocate(CurrentMemoryContext, size, 0);
}

void *
palloc0(Size size)
{
	return allocate(CurrentMemoryContext, size, MCXT_ALLOC_ZERO);
}
