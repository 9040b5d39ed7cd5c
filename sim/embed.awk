# Writes builtin.c: the text of each file on the command line as a C string, by its base name.
BEGIN {
    print "/* builtin.c - made of the files in sim/models by sim/embed.awk. */"
    print "#include \"sim/builtin.h\"\n"
    print "const struct builtin_model builtin_models[] = {"
}
FNR == 1 {
    if (named) print "},"
    name = FILENAME
    sub(/.*\//, "", name)
    sub(/\.model$/, "", name)
    printf "{\"%s\",\n", name
    named = 1
}
{
    gsub(/\\/, "\\\\")
    gsub(/"/, "\\\"")
    printf "\"%s\\n\"\n", $0
}
END {
    if (named) print "},"
    print "{0, 0},\n};"
}
