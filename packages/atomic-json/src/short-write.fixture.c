/*
 * Loaded before the C library, this makes the disk look full to the temporary files of the tests: of all
 * that is written to them, SHORT_WRITE_TOTAL bytes fit, at most SHORT_WRITE_EACH a call. A call that fits
 * in part answers with a short count and no error, as Linux does; the next one fails with ENOSPC.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long left = -1;
static long each = -1;

static int is_temporary(int fd) {
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 4) return 0;
  path[length] = 0;
  return strcmp(path + length - 4, ".tmp") == 0;
}

static ssize_t allowed(int fd, size_t count) {
  if (left < 0) left = atol(getenv("SHORT_WRITE_TOTAL"));
  if (each < 0) each = atol(getenv("SHORT_WRITE_EACH"));
  if (!is_temporary(fd)) return count;
  if (left == 0) return -1;
  if (count > (size_t)each) count = each;
  if (count > (size_t)left) count = left;
  left -= count;
  return count;
}

ssize_t write(int fd, const void *bytes, size_t count) {
  static ssize_t (*next)(int, const void *, size_t);
  if (!next) next = dlsym(RTLD_NEXT, "write");
  ssize_t part = allowed(fd, count);
  if (part < 0) return errno = ENOSPC, -1;
  return next(fd, bytes, part);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, long offset) {
  static ssize_t (*next)(int, const void *, size_t, long);
  if (!next) next = dlsym(RTLD_NEXT, "pwrite64");
  ssize_t part = allowed(fd, count);
  if (part < 0) return errno = ENOSPC, -1;
  return next(fd, bytes, part, offset);
}
