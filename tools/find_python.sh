#!/bin/sh
# Print the first Python >= 3.12 that actually runs. A pyenv shim on PATH may exist and still fail, so every candidate is run.
pyenv_root=${PYENV_ROOT:-$HOME/.pyenv}
for candidate in "$PYTHON" python3.13 python3.12 python3.14 python3 "$pyenv_root"/versions/3.1[2-9]*/bin/python "$HOME"/.local/share/uv/python/cpython-3.1[2-9]*/bin/python; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; then
        "$candidate" -c 'import sys; print(sys.executable)'
        exit 0
    fi
done
echo "weightshift needs Python 3.12 or newer with the venv module, and none that runs was found." >&2
echo "Install one (Debian: apt-get install python3.12-venv, or pyenv install 3.12) or name it: make setup PYTHON=/path/to/python3.12" >&2
exit 1
