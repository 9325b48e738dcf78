/* Preloaded into one process and its children: their wall clock is HOLDFAST_CLOCK_SKEW seconds off. The monotonic
 * clock stays: a host whose date is wrong still measures intervals rightly. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

static long skew(void) {
	const char *text = getenv("HOLDFAST_CLOCK_SKEW");
	return text ? atol(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
	static int (*real)(clockid_t, struct timespec *);
	if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
	int result = real(clock, now);
	if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += skew();
	return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
	static int (*real)(struct timeval *, void *);
	if (!real) real = dlsym(RTLD_NEXT, "gettimeofday");
	int result = real(now, zone);
	if (result == 0) now->tv_sec += skew();
	return result;
}

time_t time(time_t *at) {
	static time_t (*real)(time_t *);
	if (!real) real = dlsym(RTLD_NEXT, "time");
	time_t now = real(NULL) + skew();
	if (at) *at = now;
	return now;
}
