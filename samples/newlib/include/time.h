/* newlib's <time.h>, and a nanosleep that does not wait, where newlib declares none: OpenSSL 3.5 calls it. */
#ifndef ARFIX_TIME_H
#define ARFIX_TIME_H

#include_next <time.h>

#ifndef _POSIX_TIMERS
static inline int nanosleep(const struct timespec *wanted, struct timespec *left)
{
    (void)wanted;
    (void)left;
    return 0;
}
#endif

#endif
