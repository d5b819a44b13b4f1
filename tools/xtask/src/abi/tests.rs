//! Proves that the stubs have every function of a header; `liasse-c` compares them.

use super::bodies;

#[test]
fn every_function_gets_a_body() {
    let header = "typedef struct one { int two; } one;\n\
        #ifdef __cplusplus\nextern \"C\" {\n#endif\n\
        // Tells liasse_one; and more.\nint32_t liasse_one(int x,\n    int y);\n\n\
        const char *liasse_two(void);\n#ifdef __cplusplus\n}  // extern \"C\"\n#endif\n";
    assert_eq!(
        bodies(header),
        "#include <liasse.h>\nint32_t liasse_one(int x,\n    int y) { __builtin_trap(); }\n\
         const char *liasse_two(void) { __builtin_trap(); }\n"
    );
}
