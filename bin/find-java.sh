# Sourced by ./build and ./covey (POSIX sh). find_java sets JAVA_HOME to a JDK of at least java_wanted and java_release
# to its full version by reading each folder's "release" file: no process and no JVM is started to look.

java_wanted=25

find_java() { # $1: the tool that must be there, java to run or javac to build
  for java_home in "${COVEY_JAVA_HOME:-}" "$covey_home/runtime" "${JAVA_HOME:-}" /usr/lib/jvm/* /opt/* /usr/java/* \
    "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/* "${HOME:-}"/.asdf/installs/java/* \
    "${HOME:-}"/.local/share/mise/installs/java/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    use_java "$java_home" "$1" && return 0
  done
  java_home=$(command -v "$1" && readlink -f "$(command -v "$1")") || java_home=
  use_java "${java_home%/bin/*}" "$1" && return 0
  cat >&2 <<EOF
covey: no JDK $java_wanted or newer found. Looked at COVEY_JAVA_HOME, JAVA_HOME, /usr/lib/jvm, /opt, /usr/java, SDKMAN,
covey: ~/.jdks, asdf, mise, the macOS folder and the PATH. Install one (a package such as openjdk-$java_wanted-jdk or
covey: temurin-$java_wanted-jdk), or set COVEY_JAVA_HOME to the folder of one.
EOF
  return 1
}

use_java() { # succeeds, and sets JAVA_HOME and java_release, when folder $1 has tool $2 and is new enough
  [ -x "$1/bin/$2" ] && [ -r "$1/release" ] || return 1
  java_release=
  while IFS='=' read -r java_key java_value; do
    case $java_key in
      JAVA_RUNTIME_VERSION) java_release=$java_value; break ;;
      JAVA_VERSION) java_release=$java_value ;;
    esac
  done <"$1/release"
  java_release=${java_release#\"}
  java_release=${java_release%%\"*}
  java_major=${java_release%%[!0-9]*}
  [ "${java_major:-0}" -ge "$java_wanted" ] || return 1
  JAVA_HOME=$1
}
