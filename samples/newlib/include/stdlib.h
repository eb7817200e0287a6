/* newlib's <stdlib.h>, and what it declares and its C library lacks: OpenSSL 3.5 calls posix_memalign. */
#ifndef ARFIX_STDLIB_H
#define ARFIX_STDLIB_H

#include_next <stdlib.h>

static inline int allocate_aligned(void **place, size_t alignment, size_t size)
{
    *place = aligned_alloc(alignment, size);
    return *place == NULL ? 12 /* ENOMEM */ : 0;
}
#define posix_memalign allocate_aligned

#endif
