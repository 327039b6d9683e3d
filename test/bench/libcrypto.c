/*
 * libcrypto as the yardstick: CMS_verify, CMS_decrypt, CMS_encrypt, CMS_sign and digests on the files that
 * Signet is measured on, timed inside this process. Speaks lines, so that runs of several contestants can
 * be interleaved:
 *
 *   load ID OPERATION ARGUMENT...   ->  ok | cannot REASON
 *   run ID TIMES                    ->  milliseconds of one, on average
 *
 * "message-" operations begin or end with the MIME message, the others with bare CMS.
 */
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MAX_JOBS 256
#define MAX_WORDS 8

typedef struct {
  unsigned char *octets;
  long length;
} Blob;

typedef struct {
  char id[128];
  char operation[32];
  Blob input;
  Blob signature;
  /* one signature after the other, each behind its length in four octets */
  Blob signatures;
  long turn;
  const EVP_CIPHER *cipher;
  X509 *person;
  EVP_PKEY *key;
  X509_STORE *store;
  STACK_OF(X509) *others;
} Job;

static Job jobs[MAX_JOBS];
static int job_count = 0;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void fail(const char *what) {
  fprintf(stderr, "libcrypto: %s\n", what);
  ERR_print_errors_fp(stderr);
  exit(1);
}

static Blob read_file(const char *path) {
  Blob blob;
  FILE *file = fopen(path, "rb");
  if (file == NULL) fail(path);
  fseek(file, 0, SEEK_END);
  blob.length = ftell(file);
  rewind(file);
  blob.octets = malloc(blob.length + 1);
  if (fread(blob.octets, 1, blob.length, file) != (size_t)blob.length) fail(path);
  fclose(file);
  return blob;
}

static X509 *read_certificate(const char *name) {
  char path[256];
  snprintf(path, sizeof path, "%s.pem", name);
  BIO *bio = BIO_new_file(path, "r");
  X509 *certificate = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
  if (certificate == NULL) fail(path);
  BIO_free(bio);
  return certificate;
}

static EVP_PKEY *read_key(const char *name) {
  char path[256];
  snprintf(path, sizeof path, "%s.key.pem", name);
  BIO *bio = BIO_new_file(path, "r");
  EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
  if (key == NULL) fail(path);
  BIO_free(bio);
  return key;
}

static CMS_ContentInfo *parse(Blob der) {
  const unsigned char *at = der.octets;
  CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &at, der.length);
  if (cms == NULL) fail("no CMS");
  return cms;
}

/* the message as a whole: its signature, and the content where it is apart */
static CMS_ContentInfo *parse_message(Blob message, BIO **content) {
  BIO *in = BIO_new_mem_buf(message.octets, message.length);
  CMS_ContentInfo *cms = SMIME_read_CMS(in, content);
  if (cms == NULL) fail("no S/MIME message");
  BIO_free(in);
  return cms;
}

static void next_signature(Job *job) {
  if (job->turn >= job->signatures.length) job->turn = 0;
  unsigned char *at = job->signatures.octets + job->turn;
  long length = (long)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
  job->signature.octets = at + 4;
  job->signature.length = length;
  job->turn += 4 + length;
}

static void verify(Job *job, int is_message, int is_detached) {
  if (job->signatures.octets != NULL) next_signature(job);
  BIO *content = NULL;
  CMS_ContentInfo *cms;
  if (is_message) cms = parse_message(job->input, &content);
  else {
    cms = parse(is_detached ? job->signature : job->input);
    if (is_detached) content = BIO_new_mem_buf(job->input.octets, job->input.length);
  }
  BIO *out = is_detached ? NULL : BIO_new(BIO_s_mem());
  if (CMS_verify(cms, NULL, job->store, content, out, CMS_BINARY) != 1) fail("CMS_verify");
  BIO_free(out);
  BIO_free(content);
  CMS_ContentInfo_free(cms);
}

static void decrypt(Job *job, int is_message) {
  BIO *none = NULL;
  CMS_ContentInfo *cms = is_message ? parse_message(job->input, &none) : parse(job->input);
  BIO *out = BIO_new(BIO_s_mem());
  if (CMS_decrypt(cms, job->key, job->person, NULL, out, CMS_BINARY) != 1) fail("CMS_decrypt");
  BIO_free(out);
  CMS_ContentInfo_free(cms);
}

static void write_out(CMS_ContentInfo *cms, BIO *in, int is_message, int flags) {
  if (is_message) {
    BIO *out = BIO_new(BIO_s_mem());
    if (SMIME_write_CMS(out, cms, in, flags) != 1) fail("SMIME_write_CMS");
    BIO_free(out);
  } else {
    unsigned char *der = NULL;
    if (i2d_CMS_ContentInfo(cms, &der) <= 0) fail("i2d_CMS_ContentInfo");
    OPENSSL_free(der);
  }
}

static void encrypt(Job *job, int is_message) {
  int flags = CMS_BINARY | (is_message ? CMS_STREAM : 0);
  BIO *in = BIO_new_mem_buf(job->input.octets, job->input.length);
  STACK_OF(X509) *readers = sk_X509_new_null();
  sk_X509_push(readers, job->person);
  CMS_ContentInfo *cms = CMS_encrypt(readers, in, job->cipher, flags);
  if (cms == NULL) fail("CMS_encrypt");
  write_out(cms, in, is_message, flags);
  CMS_ContentInfo_free(cms);
  sk_X509_free(readers);
  BIO_free(in);
}

static void sign(Job *job, int is_message) {
  int flags = CMS_BINARY | CMS_DETACHED | (is_message ? CMS_STREAM : 0);
  BIO *in = BIO_new_mem_buf(job->input.octets, job->input.length);
  CMS_ContentInfo *cms = CMS_sign(job->person, job->key, job->others, in, flags);
  if (cms == NULL) fail("CMS_sign");
  write_out(cms, in, is_message, flags);
  CMS_ContentInfo_free(cms);
  BIO_free(in);
}

static void digest(Job *job) {
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned int length;
  if (EVP_Digest(job->input.octets, job->input.length, out, &length, EVP_sha256(), NULL) != 1) fail("EVP_Digest");
}

/* the path of -person over -ca to -root, from parsed certificates */
static void path(Job *job) {
  X509_STORE_CTX *context = X509_STORE_CTX_new();
  if (X509_STORE_CTX_init(context, job->store, job->person, job->others) != 1) fail("X509_STORE_CTX_init");
  if (X509_verify_cert(context) != 1) fail("X509_verify_cert");
  X509_STORE_CTX_free(context);
}

static void run_once(Job *job) {
  const char *name = job->operation;
  if (strcmp(name, "path") == 0) {
    path(job);
    return;
  }
  int is_message = strncmp(name, "message-", 8) == 0;
  if (is_message) name += 8;
  if (strcmp(name, "verify") == 0) verify(job, is_message, 1);
  else if (strcmp(name, "verify-opaque") == 0) verify(job, is_message, 0);
  else if (strcmp(name, "decrypt") == 0) decrypt(job, is_message);
  else if (strcmp(name, "encrypt") == 0) encrypt(job, is_message);
  else if (strcmp(name, "sign") == 0) sign(job, is_message);
  else digest(job);
}

/* load ID verify|message-verify|... FILE [-sig FILE | -sigs FILE] [-person NAME] [-ca NAME] [-root NAME] [-cipher NAME] */
static void load(char **words, int count) {
  Job *job = &jobs[job_count];
  memset(job, 0, sizeof *job);
  snprintf(job->id, sizeof job->id, "%s", words[1]);
  snprintf(job->operation, sizeof job->operation, "%s", words[2]);
  job->input = read_file(words[3]);
  for (int i = 4; i + 1 < count; i += 2) {
    const char *option = words[i], *value = words[i + 1];
    if (strcmp(option, "-sig") == 0) job->signature = read_file(value);
    else if (strcmp(option, "-sigs") == 0) job->signatures = read_file(value);
    else if (strcmp(option, "-cipher") == 0) job->cipher = EVP_get_cipherbyname(value);
    else if (strcmp(option, "-person") == 0) {
      job->person = read_certificate(value);
      job->key = read_key(value);
    } else if (strcmp(option, "-ca") == 0) {
      job->others = sk_X509_new_null();
      sk_X509_push(job->others, read_certificate(value));
    } else if (strcmp(option, "-root") == 0) {
      job->store = X509_STORE_new();
      X509_STORE_add_cert(job->store, read_certificate(value));
      X509_VERIFY_PARAM_set_purpose(X509_STORE_get0_param(job->store), X509_PURPOSE_SMIME_SIGN);
    }
  }
  job_count++;
  run_once(job);
  printf("ok\n");
}

static void run(const char *id, int times) {
  for (int i = 0; i < job_count; i++) {
    if (strcmp(jobs[i].id, id) != 0) continue;
    double begun = now();
    for (int n = 0; n < times; n++) run_once(&jobs[i]);
    printf("%.6f\n", (now() - begun) / times);
    return;
  }
  fail(id);
}

/* so that twenty messages of 36 MB do not stay in memory */
static void drop(const char *id) {
  for (int i = 0; i < job_count; i++) {
    if (strcmp(jobs[i].id, id) != 0) continue;
    free(jobs[i].input.octets);
    free(jobs[i].signatures.octets != NULL ? jobs[i].signatures.octets : jobs[i].signature.octets);
    jobs[i] = jobs[--job_count];
    break;
  }
  printf("ok\n");
}

int main(void) {
  char line[2048];
  while (fgets(line, sizeof line, stdin) != NULL) {
    char *words[MAX_WORDS * 2];
    int count = 0;
    for (char *word = strtok(line, " \n"); word != NULL && count < MAX_WORDS * 2; word = strtok(NULL, " \n")) {
      words[count++] = word;
    }
    if (count == 0) continue;
    if (strcmp(words[0], "load") == 0 && job_count < MAX_JOBS) load(words, count);
    else if (strcmp(words[0], "run") == 0 && count == 3) run(words[1], atoi(words[2]));
    else if (strcmp(words[0], "drop") == 0 && count == 2) drop(words[1]);
    else fail("what?");
    fflush(stdout);
  }
  return 0;
}
