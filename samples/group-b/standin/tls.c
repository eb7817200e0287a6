/* As _ssl: a client that has nobody to talk to writes its first message into memory. */
#include <openssl/ssl.h>
#include <stdio.h>

const char *run(void)
{
    static char text[80];
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *client = SSL_new(context);
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    SSL_set_bio(client, in, out);
    SSL_set_connect_state(client);
    int wants = SSL_get_error(client, SSL_do_handshake(client)) == SSL_ERROR_WANT_READ;
    unsigned char first = 0;
    BIO_read(out, &first, 1);
    sprintf(text, "record type %d, %s an answer", first, wants ? "waits for" : "wants no");
    SSL_free(client);
    SSL_CTX_free(context);
    return text;
}
