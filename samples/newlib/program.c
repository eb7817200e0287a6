/* Hashes its arguments with libcrypto, logs the hash to a syslog that is not there, and looks into a folder. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/evp.h>

int main(int argc, char **argv)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char text[2 * EVP_MAX_MD_SIZE + 1] = "";
    unsigned int size = 0;
    const char *input = argc > 1 ? argv[1] : "";

    if (!EVP_Digest(input, strlen(input), digest, &size, EVP_sha256(), NULL))
        return 1;
    for (unsigned int at = 0; at < size; at++)
        sprintf(text + 2 * at, "%02x", digest[at]);
    printf("SHA-256 of \"%s\": %s\n", input, text);

    BIO *log = BIO_new(BIO_s_log());
    printf("logged %d characters\n", BIO_puts(log, text));
    BIO_free(log);

    errno = 0;
    printf("opendir: %s\n", opendir("/") == NULL ? strerror(errno) : "opened");
    return 0;
}
