/* As _ctypes: qsort calls a closure of libffi, and libffi calls qsort. */
#include <ffi.h>
#include <stdio.h>
#include <stdlib.h>

static void compare(ffi_cif *cif, void *result, void **arguments, void *data)
{
    (void)cif;
    (void)data;
    *(ffi_arg *)result = (ffi_arg)(**(int **)arguments[0] - **(int **)arguments[1]);
}

const char *run(void)
{
    static char text[80];
    static ffi_type *pointers[] = {&ffi_type_pointer, &ffi_type_pointer};
    void *code = NULL;
    ffi_cif cif;
    ffi_closure *closure = ffi_closure_alloc(sizeof *closure, &code);
    if (closure == NULL || ffi_prep_cif(&cif, FFI_DEFAULT_ABI, 2, &ffi_type_sint, pointers) != FFI_OK ||
        ffi_prep_closure_loc(closure, &cif, compare, NULL, code) != FFI_OK)
        return "no closure";
    int numbers[] = {3, 1, 4, 2};
    qsort(numbers, 4, sizeof *numbers, (int (*)(const void *, const void *))code);
    sprintf(text, "sorted %d %d %d %d", numbers[0], numbers[1], numbers[2], numbers[3]);
    ffi_closure_free(closure);
    return text;
}
