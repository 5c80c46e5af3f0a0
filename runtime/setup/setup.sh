#!/usr/bin/env bash
# Finds a Python that will do and hands over to setup.py. PYTHON=/path/to/python names one.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

newest_refused=""
for candidate in ${PYTHON:+"$PYTHON"} python3.11 python3.12 python3.13 python3 python; do
    # Run it: a version manager's shim may be there without its Python.
    version="$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" || continue
    case "$version" in
        3.11 | 3.12 | 3.13)
            if "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
                exec "$candidate" "$here/setup.py" "$@"
            fi
            newest_refused="$candidate is Python $version without its venv module (Debian: apt-get install python$version-venv)"
            ;;
        *) newest_refused="${newest_refused:-$candidate is Python $version}" ;;
    esac
done
echo "setup: frontdesk needs Python 3.11, 3.12 or 3.13; ${newest_refused:-there is no Python on the PATH}. PYTHON=/path/to/python3.12 names one." >&2
exit 1
