"""Records what real linkers print for links that are broken on purpose: `python -m tests.diagnose.record`.

Each scenario is a shell script that runs in an empty folder after `SOURCES` is written there. The log is the commands
and what they print, with neutral paths. Logs of linkers that are not here (Apple's, Microsoft's, old releases of GNU ld)
are written by hand in the same folder and are not touched.
"""

# ruff: noqa: E501, S108 (sources and commands on one line each; temporary files are renamed in the logs)

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

LOGS = Path(__file__).parent / "logs"

SOURCES = {
    "main.c": "#include <stddef.h>\nint deflate(void*,int); int weigh(int);\nint main(void){ return deflate(NULL,0)+weigh(1); }\n",
    "box.c": "int counter = 1; int weigh(int x){ return x+counter; }\n",
    "box2.c": "int counter = 2; int weigh(int x){ return x-counter; }\n",
    "prog.c": "int weigh(int); int main(void){ return weigh(2); }\n",
    "shape.cc": (
        "#include <string>\n#include <vector>\nstruct Shape { virtual ~Shape(); virtual int area() const; };\n"
        "namespace geo { int total(const std::vector<std::string>&, Shape&); }\n"
        "int main(){ Shape s; std::vector<std::string> v; return geo::total(v,s); }\n"
    ),
    "hello.cc": '#include <iostream>\nint main(){ std::cout << "hi\\n"; return 0; }\n',
    "str.cc": '#include <string>\nnamespace geo { int parse(const std::string&); }\nint main(){ return geo::parse("a"); }\n',
    "fixed.c": "extern int ext; static int arr[100]; int loc=3; int getit(int i){ return arr[i]+ext+loc; }\n",
    "math.c": "double sin(double); double pow(double,double); int main(int c,char**v){ return (int)(sin(c)+pow(c,0.5)); }\n",
    "atom.c": "struct big{char b[40];}; _Atomic struct big g; void set(struct big*v){ g=*v; } int main(void){return 0;}\n",
    "tls1.c": "extern __thread int state; int f(void){return state;}\n",
    "tls2.c": "int state=4; int f(void); int main(void){return f();}\n",
    "inner.c": "int inner(void){return 1;}\n",
    "outer.c": "int inner(void); int outer(void){ return inner(); }\n",
    "useouter.c": "int outer(void); int main(void){return outer();}\n",
    "far.c": "char a[0x90000000]; int x; int main(void){ return x + a[5]; }\n",
    "imp.c": 'int api_(void) __asm__("__imp_parcel_open"); int main(void){ return api_(); }\n',
    "ws.c": "#include <winsock2.h>\nint main(void){ WSADATA d; return WSAStartup(2,&d); }\n",
    "dll.c": "__declspec(dllimport) int parcel_open(void); int main(void){ return parcel_open(); }\n",
    "ver.s": '.globl main\nmain: call foo@PLT\n.symver foo, foo@VERS_9\n.section .note.GNU-stack,"",@progbits\n',
    "nomark.s": ".globl weigh\nweigh: ret\n",
    "hid.c": '__attribute__((visibility("hidden"))) int secret(void); int open_(void){ return secret(); }\n',
    "header1.c": "int shared_counter; int main(void){return shared_counter;}\n",
    "header2.c": "int shared_counter; int get(void){return shared_counter;}\n",
    "big.c": "int a[100]; int b[50]={1}; int main(void){ int s=0; for(int i=0;i<50;i++) s+=a[i]*b[i]; return s; }\n",
    "print.c": '#include <stdio.h>\nint main(void){ printf("x"); return 0; }\n',
    "dbl.c": "double weigh2(double x){return x;} int weigh(int x){return x;}\n",
    "sig.c": "long long weigh(double x){return 2;}\n",
    "text.o": "hello, not an object\n",
    "ver.map": "V1 { global: nosuch; v1; local: *; };\n",
    "flash.ld": (
        "MEMORY { FLASH (rx) : ORIGIN = 0x0, LENGTH = 16 RAM (rwx) : ORIGIN = 0x20000000, LENGTH = 8 }\n"
        "SECTIONS { .text : { *(.text*) } >FLASH .data : { *(.data*) } >RAM AT>FLASH .bss : { *(.bss*) } >RAM }\n"
    ),
    "overlap.ld": "SECTIONS { .text 0x1000 : { *(.text*) } .data 0x1000 : { *(.data*) } }\n",
    "CMakeLists.txt": (
        "cmake_minimum_required(VERSION 3.10)\nproject(tally C)\nadd_library(box STATIC box.c)\n"
        "add_executable(tally main.c)\ntarget_link_libraries(tally box)\n"
    ),
    "Cargo.toml": '[package]\nname = "courier"\nversion = "0.1.0"\nedition = "2021"\n',
    "src/main.rs": (
        '#[link(name = "parcel")]\nextern "C" { fn parcel_weigh(x: i32) -> i32; }\n'
        'fn main(){ println!("{}", unsafe { parcel_weigh(2) }); }\n'
    ),
    "nolib/Cargo.toml": '[package]\nname = "courier"\nversion = "0.1.0"\nedition = "2021"\n',
    "nolib/src/main.rs": (
        'extern "C" { fn deflateInit_(x: i32) -> i32; fn parcel_weigh(x: i32) -> i32; }\n'
        'fn main(){ println!("{}", unsafe { deflateInit_(2) + parcel_weigh(2) }); }\n'
    ),
    "meson.build": "project('tally', 'c')\nexecutable('tally', 'main.c', 'box.c')\n",
}

#: What each script may use: objects and archives of the sources.
PREPARE = """
for f in main box box2 prog math tls1 tls2 useouter header1 header2; do gcc -c $f.c; done
gcc -mno-cx16 -c atom.c; gcc -fno-pic -fno-pie -mcmodel=small -c fixed.c; gcc -fno-pic -c far.c; gcc -c imp.c
g++ -c shape.cc hello.cc str.cc; gcc -c ver.s nomark.s; gcc -fPIC -c hid.c
ar rc libbox.a box.o; ar rcS libnoindex.a box.o; ar rc libboth.a box.o box2.o; ar rc libbox2.a box2.o
ar rc libfixed.a fixed.o
aarch64-linux-gnu-gcc -c box.c -o box-arm64.o; mkdir -p lib64; ar rc lib64/libbox.a box-arm64.o
head -c 700 box.o > cut.o; head -c 900 libbox.a > libcut.a
cp libbox.a inner.a; ar rc libnest.a main.o inner.a
gcc -fPIC -shared inner.c -o libinner.so; gcc -fPIC -shared outer.c -o libouter.so -L. -linner
gcc -fPIC -shared outer.c -o libloose.so; mkdir -p gone
gcc -flto -c box.c -o box-lto.o; gcc-ar rc liblto.a box-lto.o; clang-19 -flto -c box.c -o box-bc.o
for f in main box box2 prog ws dll; do x86_64-w64-mingw32-gcc -c $f.c -o m_$f.obj; done
for f in main box box2 prog dll; do clang-19 --target=x86_64-pc-windows-msvc -c $f.c -o w_$f.obj; done
clang-19 --target=aarch64-pc-windows-msvc -c box.c -o w_arm.obj
for f in main box box2 prog sig; do clang-19 --target=wasm32 -c $f.c -o wa_$f.o; done
for f in main box box2 prog; do clang-19 --target=arm64-apple-macos12 -ffreestanding -c $f.c -o mo_$f.o; done
clang-19 --target=x86_64-apple-macos12 -c box.c -o mo_x86.o; clang-19 --target=arm64-apple-ios15 -c box.c -o mo_ios.o
arm-linux-gnueabihf-gcc -c prog.c -o hard.o; arm-linux-gnueabi-gcc-12 -mfloat-abi=softfp -c dbl.c -o soft.o
"""

_ELF = {
    "undefined": "gcc -fuse-ld={} main.o -o app",
    "no-index": "gcc -fuse-ld={} prog.o libnoindex.a -o app",
    "duplicate": "gcc -fuse-ld={} prog.o box.o box2.o -o app",
    "duplicate-archives": "gcc -fuse-ld={} prog.o -Wl,--whole-archive libbox.a libbox2.a -Wl,--no-whole-archive -o app",
    "no-library": "gcc -fuse-ld={} prog.o -L. -lparcel -o app",
    "wrong-machine": "gcc -fuse-ld={} prog.o lib64/libbox.a -o app",
    "skipping": "gcc -fuse-ld={} prog.o -Llib64 -lbox -o app",
    "pic": "gcc -fuse-ld={} -shared fixed.o -o libfixed.so",
    "pic-archive": "gcc -fuse-ld={} -shared -o libfixed.so -Wl,--whole-archive libfixed.a -Wl,--no-whole-archive",
    "pie": "gcc -fuse-ld={} -pie prog.o fixed.o box.o -o app",
    "cut-object": "gcc -fuse-ld={} prog.o cut.o -o app",
    "text": "gcc -fuse-ld={} prog.o text.o -o app",
    "no-file": "gcc -fuse-ld={} prog.o missing.o -o app",
    "no-main": "gcc -fuse-ld={} box.o -o app",
    "two-mains": "gcc -fuse-ld={} prog.o useouter.o box.o -o app",
    "cxx-by-gcc": "gcc -fuse-ld={} hello.o -o app",
    "vtable": "g++ -fuse-ld={} shape.o -o app",
    "cxx11": "g++ -fuse-ld={} str.o -o app",
    "math": "gcc -fuse-ld={} math.o -o app",
    "atomic": "gcc -fuse-ld={} atom.o -o app",
    "tls": "gcc -fuse-ld={} tls1.o tls2.o -o app",
    "output": "gcc -fuse-ld={} prog.o box.o -o gone/away/app",
    "option": "gcc -fuse-ld={} prog.o box.o -Wl,--no-such-option -o app",
    "order": "gcc -fuse-ld={} libbox.a -lz main.o -o app",
    "loose-shared": "gcc -fuse-ld={} useouter.o libloose.so -o app",
    "needed": "cd gone && gcc -fuse-ld={} ../useouter.o ../libouter.so -o app",
    "far": "gcc -fuse-ld={} -no-pie far.o -o app",
    "lto": "gcc -fuse-ld={} -fno-lto -fno-use-linker-plugin prog.o liblto.a -o app",
    "import": "gcc -fuse-ld={} imp.o -o app",
    "version": "gcc -fuse-ld={} ver.o -o app",
    "hidden": "gcc -fuse-ld={} -shared hid.o -o libhid.so",
    "static": "gcc -fuse-ld={} -static useouter.o libouter.so -o app",
    "bitcode": "gcc -fuse-ld={} prog.o box-bc.o -o app",
    "nested": "gcc -fuse-ld={} -Wl,--whole-archive libnest.a -Wl,--no-whole-archive -lz -o app",
    "header": "gcc -fuse-ld={} header1.o header2.o -o app",
    "ok": "gcc -fuse-ld={} prog.o box.o -o app",
}
_LLD_LINK = "lld-link-19 /nodefaultlib /entry:main"
_LD64 = "ld64.lld-19 -arch arm64 -platform_version macos 12.0 12.0"

SCRIPTS = {
    **{f"{name}-{what}": script.format(name) for name in ("bfd", "gold", "lld", "mold") for what, script in _ELF.items()},
    "bfd-nomark": "gcc prog.o nomark.o -o app",
    "bfd-nomark-fatal": "gcc prog.o nomark.o -Wl,--fatal-warnings -o app",
    "bfd-m32": "gcc -m32 prog.c box.c -o app",
    "lld-version-script": "gcc -fuse-ld=lld -shared box.o -Wl,--version-script=ver.map -Wl,--no-undefined-version -o libv.so",
    "mingw-socket": "x86_64-w64-mingw32-gcc m_ws.obj -o app.exe",
    "mingw-undefined": "x86_64-w64-mingw32-gcc m_main.obj -o app.exe",
    "mingw-duplicate": "x86_64-w64-mingw32-gcc m_prog.obj m_box.obj m_box2.obj -o app.exe",
    "mingw-no-main": "x86_64-w64-mingw32-gcc m_box.obj -o app.exe",
    "mingw-import": "x86_64-w64-mingw32-gcc m_dll.obj -o app.exe",
    "lldlink-undefined": f"{_LLD_LINK} w_main.obj /out:app.exe",
    "lldlink-duplicate": f"{_LLD_LINK} w_prog.obj w_box.obj w_box2.obj /out:app.exe",
    "lldlink-machine": f"{_LLD_LINK} w_prog.obj w_arm.obj /out:app.exe",
    "lldlink-no-library": f"{_LLD_LINK} w_prog.obj parcel.lib /out:app.exe",
    "lldlink-import": f"{_LLD_LINK} w_dll.obj /out:app.exe",
    "lldlink-text": f"{_LLD_LINK} w_prog.obj text.o /out:app.exe",
    "wasm-undefined": "wasm-ld-19 --no-entry --export=main wa_main.o -o app.wasm",
    "wasm-duplicate": "wasm-ld-19 --no-entry wa_prog.o wa_box.o wa_box2.o -o app.wasm",
    "wasm-entry": "wasm-ld-19 wa_box.o -o app.wasm",
    "wasm-no-library": "wasm-ld-19 --no-entry wa_prog.o -lparcel -o app.wasm",
    "wasm-elf": "wasm-ld-19 --no-entry wa_prog.o box.o -o app.wasm",
    "wasm-signature": "wasm-ld-19 --no-entry --export-all wa_prog.o wa_sig.o -o app.wasm",
    "wasm-threads": "wasm-ld-19 --no-entry --shared-memory wa_box.o -o app.wasm",
    "ld64lld-undefined": f"{_LD64} mo_main.o -o app",
    "ld64lld-duplicate": f"{_LD64} mo_prog.o mo_box.o mo_box2.o -o app",
    "ld64lld-machine": f"{_LD64} mo_prog.o mo_x86.o -o app",
    "ld64lld-platform": f"{_LD64} mo_prog.o mo_ios.o -o app",
    "ld64lld-no-library": f"{_LD64} mo_prog.o mo_box.o -lparcel -o app",
    "ld64lld-no-file": f"{_LD64} mo_prog.o mo_box.o missing.o -o app",
    "ld64lld-no-main": f"{_LD64} mo_box.o -o app",
    "ld64lld-framework": f"{_LD64} mo_prog.o mo_box.o -framework Metalworks -o app",
    "arm-float-abi": "arm-linux-gnueabihf-gcc hard.o soft.o -o app",
    "arm-region": "arm-none-eabi-gcc -nostartfiles -T flash.ld big.c -o app",
    "arm-overlap": "arm-none-eabi-gcc -nostartfiles -T overlap.ld prog.c box.c -o app",
    "arm-syscalls": "arm-none-eabi-gcc print.c -o app",
    "cargo-no-library": "CARGO_TARGET_DIR=$PWD/target cargo build --offline",
    "cargo-undefined": "cd nolib; CARGO_TARGET_DIR=$PWD/target cargo build --offline",
    "cmake-ninja": "cmake -B b -GNinja > /dev/null; ninja -C b",
    "cmake-make": "cmake -B b > /dev/null; make -C b",
    "meson": "meson setup b > /dev/null; ninja -C b",
    "libtool": "libtool --mode=compile gcc -c main.c; libtool --mode=link gcc -o app main.lo",
    "utf8-quotes": "export LC_ALL=C.UTF-8; gcc main.c -o app",
    "clang": "clang-19 -fuse-ld=bfd main.o -o app",
}  # fmt: skip


def prepare(folder: Path) -> None:
    """Write the sources, and make the objects and archives of them."""
    for path, text in SOURCES.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    subprocess.run(["sh", "-c", PREPARE], cwd=folder, env=_environment(), capture_output=True, check=False)


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", "TERM": "dumb"}


def record(name: str, script: str, template: Path) -> str:
    """Return what a script prints in a copy of the prepared folder."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "build")
        shutil.copytree(template, folder)
        shown = script.rpartition("; ")[2].rpartition(" && ")[2]
        echo = "" if name.startswith(("cargo", "cmake", "meson")) else f"{shown}\n"
        ran = subprocess.run(
            ["sh", "-c", script],
            cwd=folder,
            env=_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        said = os.fsdecode(ran.stdout).replace(str(folder), "/build")
        said = re.sub(r"/tmp/cc\w{6}", "/scratch/ccAbCdEf", said)
        said = re.sub(r"/home/\w+/src", "/usr/src", said)
        return echo + re.sub(r"/tmp/\w+", "/scratch/x", said)


def main(names: list[str]) -> None:
    """Record the scenarios of these names, or all."""
    with tempfile.TemporaryDirectory() as scratch:
        template = Path(scratch)
        prepare(template)
        for name, script in SCRIPTS.items():
            if not names or name in names:
                said = record(name, script, template)
                (LOGS / f"{name}.log").write_text(said, encoding="utf-8", errors="surrogateescape")


if __name__ == "__main__":
    main(sys.argv[1:])
