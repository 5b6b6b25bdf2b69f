# What Doxygen 1.9 does not understand in the public headers: specialisations of std::hash, and `\uXXXX` in a comment.
/^template <>$/{
N
/struct std::hash</{
N
N
N
N
d
}
}
s/\\uX/\\\\uX/g
