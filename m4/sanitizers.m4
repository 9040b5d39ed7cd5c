# AVIARY_SANITIZERS: --with-sanitizers=address,undefined; sets SANITIZER_FLAGS for compile and link.
AC_DEFUN([AVIARY_SANITIZERS], [
    AC_ARG_WITH([sanitizers],
        [AS_HELP_STRING([--with-sanitizers=LIST],
            [build with these sanitizers, such as address,undefined or thread (default: none)])],
        [sanitizers=$withval], [sanitizers=none])
    AS_CASE([$sanitizers],
        [no], [sanitizers=none],
        [yes], [sanitizers=address,undefined])
    SANITIZER_FLAGS=
    AS_IF([test "x$sanitizers" != xnone], [
        SANITIZER_FLAGS="-fsanitize=$sanitizers -fno-sanitize-recover=all -fno-omit-frame-pointer"
        AC_MSG_CHECKING([whether programs link with $SANITIZER_FLAGS])
        aviary_saved_CFLAGS=$CFLAGS
        CFLAGS="$CFLAGS $SANITIZER_FLAGS"
        AC_LINK_IFELSE([AC_LANG_PROGRAM()], [AC_MSG_RESULT([yes])], [
            AC_MSG_RESULT([no])
            AC_MSG_ERROR([$CC cannot build with --with-sanitizers=$sanitizers; for clang on
                Debian 12: apt-get install libclang-rt-14-dev])
        ])
        CFLAGS=$aviary_saved_CFLAGS
    ])
    AC_SUBST([SANITIZER_FLAGS])
])
