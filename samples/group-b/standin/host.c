/* A program that loads the modules named on its command line, and prints what each one's run() returns. */
#include <dlfcn.h>
#include <stdio.h>

int main(int count, char **names)
{
    for (int i = 1; i < count; i++) {
        void *module = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
        if (module == NULL) {
            fprintf(stderr, "%s\n", dlerror());
            return 1;
        }
        const char *(*run)(void) = (const char *(*)(void))dlsym(module, "run");
        printf("%s\n", run());
    }
    return 0;
}
