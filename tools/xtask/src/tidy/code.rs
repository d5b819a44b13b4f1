//! Rules that must understand Rust.
//!
//! For: function length, unsafe, ignored tests, unfinished code, glob re-exports, what `lib.rs`
//! and `mod.rs` may hold, where tests lie. Invariant: a file is parsed by `syn`, so a rule is not
//! fooled by comments and string literals.

use super::Finding;
use super::tree::File;
use proc_macro2::{TokenStream, TokenTree};
use std::str::FromStr;
use syn::spanned::Spanned;
use syn::visit::Visit;

const FUNCTION_LINES_MAX: usize = 69;
const TEST_FUNCTION_LINES_MAX: usize = 99;

/// The only files that may hold the word; the last is a folder.
const UNSAFE_FILES: &[&str] = &[
    "engine/store/src/record.rs",
    "engine/index/src/arena.rs",
    "bindings/c/src/",
];

/// Checks one file of Rust.
pub(super) fn check(file: &File) -> Vec<Finding> {
    if !file.has_extension("rs") || file.is_test_data() {
        return Vec::new();
    }
    let parsed = TokenStream::from_str(&file.text)
        .map_err(|error| (error.span().start().line, error.to_string()))
        .and_then(|tokens| {
            let syntax = syn::parse_file(&file.text)
                .map_err(|error| (error.span().start().line, error.to_string()))?;
            Ok((tokens, syntax))
        });
    let (tokens, syntax) = match parsed {
        Ok(parsed) => parsed,
        Err((line, why)) => {
            let advice = format!("the file is not Rust: {why}");
            return vec![Finding::new(&file.path, line, "parse", advice)];
        }
    };
    let mut rules = Rules {
        file,
        findings: Vec::new(),
    };
    rules.check_tokens(tokens);
    rules.visit_file(&syntax);
    if matches!(file.name(), "lib.rs" | "mod.rs") && !file.is_test() {
        rules.check_declarations(&syntax);
    }
    rules.findings
}

struct Rules<'a> {
    file: &'a File,
    findings: Vec<Finding>,
}

impl Rules<'_> {
    fn breach(&mut self, line: usize, rule: &'static str, advice: impl Into<String>) {
        self.findings
            .push(Finding::new(&self.file.path, line, rule, advice));
    }

    /// Looks at every token, those inside macros included.
    fn check_tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (index, token) in tokens.iter().enumerate() {
            let line = token.span().start().line;
            let next = tokens.get(index + 1);
            match token {
                TokenTree::Group(group) => {
                    if is_punct(
                        index.checked_sub(1).and_then(|before| tokens.get(before)),
                        '#',
                    ) {
                        self.check_attribute(group.stream(), line);
                    }
                    self.check_tokens(group.stream());
                }
                TokenTree::Ident(word) => {
                    self.check_word(&word.to_string(), line, is_punct(next, '!'));
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    fn check_attribute(&mut self, tokens: TokenStream, line: usize) {
        if let Some(TokenTree::Ident(word)) = tokens.into_iter().next()
            && word == "ignore"
        {
            let advice = "run the test, or put it behind LIASSE_NIGHTLY for `cargo xtask nightly`";
            self.breach(line, "ignored", advice);
        }
    }

    fn check_word(&mut self, word: &str, line: usize, called: bool) {
        if called && matches!(word, "todo" | "unimplemented") {
            self.breach(line, "unfinished", "finish it, or take it out");
        }
        let path = &self.file.path;
        if word == "unsafe" && !UNSAFE_FILES.iter().any(|open| path.starts_with(open)) {
            let advice = "unsafe code lives in store's record.rs, index's arena.rs and bindings/c";
            self.breach(line, "unsafe", advice);
        }
    }

    fn check_function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let first = signature.fn_token.span.start().line;
        let last = block.brace_token.span.close().end().line;
        let lines = last - first + 1;
        let limit = if self.file.is_test() {
            TEST_FUNCTION_LINES_MAX
        } else {
            FUNCTION_LINES_MAX
        };
        if lines > limit {
            let name = &signature.ident;
            let advice = format!("{name} has {lines} lines, at most {limit}: name its parts");
            self.breach(first, "function", advice);
        }
    }

    fn check_declarations(&mut self, syntax: &syn::File) {
        for item in &syntax.items {
            let declares = if let syn::Item::Mod(module) = item {
                module.content.is_none()
            } else {
                matches!(
                    item,
                    syn::Item::Use(_)
                        | syn::Item::ExternCrate(_)
                        | syn::Item::Macro(_)
                        | syn::Item::Const(_)
                )
            };
            if !declares {
                let line = item.span().start().line;
                let advice = "lib.rs and mod.rs hold declarations and explicit re-exports only";
                self.breach(line, "declarations", advice);
            }
        }
    }
}

impl<'ast> Visit<'ast> for Rules<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.check_function(&item.sig, &item.block);
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.check_function(&item.sig, &item.block);
        syn::visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.check_function(&item.sig, block);
        }
        syn::visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !matches!(item.vis, syn::Visibility::Inherited) && has_glob(&item.tree) {
            let advice = "name what is re-exported, never `*`";
            self.breach(item.use_token.span.start().line, "glob", advice);
        }
        syn::visit::visit_item_use(self, item);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if item.content.is_some() && item.attrs.iter().any(is_test_only) {
            let advice = "unit tests lie in foo/tests.rs beside foo.rs: `mod tests;` at the foot";
            self.breach(item.mod_token.span.start().line, "inline", advice);
        }
        syn::visit::visit_item_mod(self, item);
    }
}

fn is_punct(token: Option<&TokenTree>, mark: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == mark)
}

fn has_glob(tree: &syn::UseTree) -> bool {
    match tree {
        syn::UseTree::Glob(_) => true,
        syn::UseTree::Path(path) => has_glob(&path.tree),
        syn::UseTree::Group(group) => group.items.iter().any(has_glob),
        syn::UseTree::Name(_) | syn::UseTree::Rename(_) => false,
    }
}

fn is_test_only(attribute: &syn::Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else {
        return false;
    };
    list.path.is_ident("cfg") && list.tokens.to_string() == "test"
}
