# AVIARY_WARNINGS: sets AVIARY_CFLAGS, the language and the warnings that gcc and clang agree on.

# AVIARY_TRY_CFLAG(FLAG): appends FLAG to AVIARY_CFLAGS where the compiler knows it.
AC_DEFUN([AVIARY_TRY_CFLAG], [
    AC_MSG_CHECKING([whether $CC accepts $1])
    aviary_saved_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -Werror $1"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
        [AC_MSG_RESULT([yes]); AVIARY_CFLAGS="$AVIARY_CFLAGS $1"],
        [AC_MSG_RESULT([no])])
    CFLAGS=$aviary_saved_CFLAGS
])

AC_DEFUN([AVIARY_WARNINGS], [
    # Fused multiply-add would make results differ between compilers and levels.
    AVIARY_CFLAGS="-std=c17 -ffp-contract=off"
    m4_foreach_w([flag], [-Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wvla
                          -Wpointer-arith -Wundef -Wformat=2],
        [AVIARY_TRY_CFLAG(flag)])
    # Part of clang's -Wconversion, and against assert(!"text"); gcc does not know it.
    aviary_before=$AVIARY_CFLAGS
    AVIARY_TRY_CFLAG([-Wstring-conversion])
    AS_IF([test "x$AVIARY_CFLAGS" != "x$aviary_before"],
        [AVIARY_CFLAGS="$aviary_before -Wno-string-conversion"])
    AS_IF([test "x$enable_werror" = xyes], [AVIARY_CFLAGS="$AVIARY_CFLAGS -Werror"])
    AC_SUBST([AVIARY_CFLAGS])
])
