/* Another time for a process: LD_PRELOAD=libclock_shim.so METAXY_TEST_CLOCK_AHEAD_S=-86400 PROGRAM.
 * Clocks that only measure, and the file system, stay as they are. */
#define _GNU_SOURCE /* NOLINT: for clock_gettime and syscall */
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long Ahead(void) {
  const char* seconds = getenv("METAXY_TEST_CLOCK_AHEAD_S");
  return seconds ? strtol(seconds, NULL, 10) : 0;
}

int clock_gettime(clockid_t clock, struct timespec* now) {
  const long result = syscall(SYS_clock_gettime, clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
    now->tv_sec += Ahead();
  return (int)result;
}

int gettimeofday(struct timeval* now, void* zone) {
  const long result = syscall(SYS_gettimeofday, now, zone);
  if (result == 0) now->tv_sec += Ahead();
  return (int)result;
}

time_t time(time_t* out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}
