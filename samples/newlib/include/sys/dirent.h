/* The part of <dirent.h> that newlib leaves to the system: its own <sys/dirent.h> for ARM is an #error. */
#ifndef SYS_DIRENT_H
#define SYS_DIRENT_H

#include <sys/types.h>

typedef struct directory_stream DIR;

struct dirent {
    ino_t d_ino;
    char d_name[256];
};

DIR *opendir(const char *path);
struct dirent *readdir(DIR *directory);
int closedir(DIR *directory);

#endif
