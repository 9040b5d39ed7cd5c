# Libraries. All missing ones are collected and reported at once, by their Debian names, so that
# one apt-get command repairs everything.

# AVIARY_PKG(NAME, MODULE, DEBIAN-PACKAGE): NAME_CFLAGS and NAME_LIBS, through pkg-config.
AC_DEFUN([AVIARY_PKG], [
    PKG_CHECK_MODULES([$1], [$2], [], [aviary_missing="$aviary_missing $3"])
])

# AVIARY_METIS: METIS_LIBS. Debian ships no .pc file for METIS.
AC_DEFUN([AVIARY_METIS], [
    METIS_LIBS=
    AC_CHECK_HEADER([metis.h],
        [AC_CHECK_LIB([metis], [METIS_PartGraphKway], [METIS_LIBS=-lmetis], [], [-lm])])
    AS_IF([test -z "$METIS_LIBS"], [aviary_missing="$aviary_missing libmetis-dev"])
    AC_SUBST([METIS_LIBS])
])

# AVIARY_SCOTCH: SCOTCH_CFLAGS and SCOTCH_LIBS. Debian has no .pc file for it either, and keeps the
# header in a directory of its own, beside those of builds for other sizes of numbers.
AC_DEFUN([AVIARY_SCOTCH], [
    SCOTCH_CFLAGS=
    SCOTCH_LIBS=
    aviary_saved_CPPFLAGS=$CPPFLAGS
    for aviary_flags in "" "-isystem /usr/include/scotch"; do
        AS_IF([test -n "$SCOTCH_LIBS"], [break])
        AS_UNSET([ac_cv_header_scotch_h])
        CPPFLAGS="$aviary_saved_CPPFLAGS $aviary_flags"
        AC_CHECK_HEADER([scotch.h], [
            AC_CHECK_LIB([scotch], [SCOTCH_contextBindGraph],
                [SCOTCH_CFLAGS=$aviary_flags; SCOTCH_LIBS="-lscotch -lscotcherr"], [],
                [-lscotcherr -lm])
        ], [], [[#include <stdio.h>]])
    done
    CPPFLAGS=$aviary_saved_CPPFLAGS
    AS_IF([test -z "$SCOTCH_LIBS"], [aviary_missing="$aviary_missing libscotch-dev"])
    AC_SUBST([SCOTCH_CFLAGS])
    AC_SUBST([SCOTCH_LIBS])
])

# AVIARY_VERBS: --with-verbs=auto|yes|no; sets verbs to yes or no and the conditional VERBS.
AC_DEFUN([AVIARY_VERBS], [
    AC_ARG_WITH([verbs],
        [AS_HELP_STRING([--without-verbs],
            [leave out what needs libibverbs and librdmacm (default: use them where found)])],
        [], [with_verbs=auto])
    verbs=no
    AS_IF([test "x$with_verbs" != xno], [
        PKG_CHECK_MODULES([VERBS], [libibverbs librdmacm], [verbs=yes], [
            AS_IF([test "x$with_verbs" = xyes],
                [aviary_missing="$aviary_missing libibverbs-dev librdmacm-dev"])
        ])
    ])
    AM_CONDITIONAL([VERBS], [test "x$verbs" = xyes])
    AS_IF([test "x$verbs" = xyes], [AC_DEFINE([HAVE_VERBS], [1], [libibverbs and librdmacm])])
])

# AVIARY_MISSING_REPORT: stops, once, with everything that is missing.
AC_DEFUN([AVIARY_MISSING_REPORT], [
    AS_IF([test -n "$aviary_missing"], [
        AC_MSG_ERROR([these libraries were not found; on Debian:
    apt-get install$aviary_missing
(or let ./quickstart do it)])
    ])
])
