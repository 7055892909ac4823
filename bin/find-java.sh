# Sourced by ./build and ./covey (POSIX sh). find_java N sets JAVA_HOME to a JDK of at least version N and java_release to
# its full version, by reading each folder's "release" file: no process and no JVM is started to look.

java_home_version() { # sets java_release to the version of the JDK in folder $1, or fails
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 1
  while IFS='=' read -r key value; do
    case $key in JAVA_RUNTIME_VERSION) java_release=${value#\"}; java_release=${java_release%\"}; return 0 ;; esac
  done <"$1/release"
  return 1
}

find_java() {
  java_wanted=$1
  for java_home in "${COVEY_JAVA_HOME:-}" "${JAVA_HOME:-}" /usr/lib/jvm/* /opt/* /usr/java/* \
    "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/* "${HOME:-}"/.asdf/installs/java/* \
    "${HOME:-}"/.local/share/mise/installs/java/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    [ -n "$java_home" ] && java_home_version "$java_home" || continue
    java_major=${java_release%%[!0-9]*}
    if [ "${java_major:-0}" -ge "$java_wanted" ]; then
      JAVA_HOME=$java_home
      return 0
    fi
  done
  cat >&2 <<EOF
covey: no JDK $java_wanted or newer found. Looked at COVEY_JAVA_HOME, JAVA_HOME, /usr/lib/jvm, /opt, /usr/java, SDKMAN, ~/.jdks, asdf, mise.
covey: install one (Debian: a package such as openjdk-25-jdk or temurin-25-jdk), or set COVEY_JAVA_HOME to its folder.
EOF
  exit 1
}
