//! The contract as one page of Markdown. Types are links to where they are described.

use std::fmt::Write as _;

use wit_parser::{
    Docs, Function, Interface, InterfaceId, PackageId, Resolve, Type, TypeDef, TypeDefKind, TypeId, TypeOwner,
};

pub(crate) fn page(resolve: &Resolve, packages: &[PackageId]) -> String {
    Page { resolve, text: String::new() }.of(packages)
}

struct Page<'a> {
    resolve: &'a Resolve,
    text: String,
}

impl Page<'_> {
    fn of(mut self, packages: &[PackageId]) -> String {
        self.line("# The contract");
        self.line("");
        self.line("Made of the packages in [`wit/`](../wit/README.md) by `cargo run -p contract > docs/wit.md`; a test holds it to them.");
        self.line("A published version does not change, and how a new one comes is said [there](../wit/README.md#the-versioning-rule).");
        self.line("");
        self.line("| package | |");
        self.line("|---|---|");
        for package in packages {
            let package = &self.resolve.packages[*package];
            let row = format!(
                "| [`{}`](#serene.{}) | {} |",
                package.name,
                package.name.name,
                cell(&package.docs, Some(1))
            );
            self.line(&row);
        }
        for package in packages {
            self.package(*package);
        }
        self.text.truncate(self.text.trim_end().len());
        self.line("");
        self.text
    }

    fn package(&mut self, id: PackageId) {
        let package = &self.resolve.packages[id];
        self.heading(2, &format!("serene.{}", package.name.name), &format!("`{}`", package.name));
        self.paragraphs(&package.docs);
        for interface in package.interfaces.values() {
            self.interface(*interface);
        }
        for (name, world) in &package.worlds {
            let world = &self.resolve.worlds[*world];
            self.heading(3, &format!("{}.world", package.name.name), &format!("World `{name}`"));
            self.paragraphs(&world.docs);
            for (verb, items) in [("Imports", &world.imports), ("Exports", &world.exports)] {
                let names: Vec<_> = items
                    .keys()
                    .map(|key| self.resolve.name_world_key(key))
                    .filter(|name| !name.starts_with("serene:types/"))
                    .map(|name| format!("`{name}`"))
                    .collect();
                if !names.is_empty() {
                    self.line(&format!("{verb} {}.", names.join(", ")));
                    self.line("");
                }
            }
        }
    }

    fn interface(&mut self, id: InterfaceId) {
        let interface = &self.resolve.interfaces[id];
        let name = self.resolve.id_of(id).unwrap_or_default();
        self.heading(3, &interface_anchor(interface), &format!("Interface `{name}`"));
        self.paragraphs(&interface.docs);
        for function in interface.functions.values() {
            self.function(interface, function);
        }
        for definition in interface.types.values() {
            let definition = &self.resolve.types[*definition];
            if !is_used_from_elsewhere(self.resolve, definition) {
                self.definition(definition);
            }
        }
    }

    fn function(&mut self, interface: &Interface, function: &Function) {
        let anchor = format!("{}.{}", interface_anchor(interface), function.name);
        self.heading(4, &anchor, &format!("`{}`", function.name));
        let params: Vec<_> =
            function.params.iter().map(|param| format!("{}: {}", param.name, self.link(&param.ty))).collect();
        let result = function.result.map(|ty| format!(" -&gt; {}", self.link(&ty))).unwrap_or_default();
        let kind = if function.kind.is_async() { "async func" } else { "func" };
        self.line(&format!("<code>{kind}({}){result}</code>", params.join(", ")));
        self.line("");
        self.paragraphs(&function.docs);
    }

    fn definition(&mut self, definition: &TypeDef) {
        let name = definition.name.as_deref().unwrap_or_default();
        let anchor = anchor(self.resolve, definition);
        self.heading(4, &anchor, &format!("{} `{name}`", definition.kind.as_str()));
        self.paragraphs(&definition.docs);
        let mut rows = Vec::new();
        let title = match &definition.kind {
            TypeDefKind::Record(record) => {
                rows.extend(record.fields.iter().map(|f| (&f.name, self.link(&f.ty), &f.docs)));
                "field"
            }
            TypeDefKind::Variant(variant) => {
                let link = |ty: &Option<Type>| ty.as_ref().map(|ty| self.link(ty)).unwrap_or_default();
                rows.extend(variant.cases.iter().map(|c| (&c.name, link(&c.ty), &c.docs)));
                "case"
            }
            TypeDefKind::Enum(cases) => {
                rows.extend(cases.cases.iter().map(|c| (&c.name, String::new(), &c.docs)));
                "case"
            }
            TypeDefKind::Flags(flags) => {
                rows.extend(flags.flags.iter().map(|f| (&f.name, String::new(), &f.docs)));
                "flag"
            }
            kind => {
                self.line(&format!("<code>{}</code>", self.kind(kind)));
                self.line("");
                return;
            }
        };
        self.line(&format!("| {title} | type | |"));
        self.line("|---|---|---|");
        for (name, ty, docs) in rows {
            let ty = if ty.is_empty() { ty } else { format!("<code>{ty}</code>") };
            self.line(&format!("| `{name}` | {ty} | {} |", cell(docs, None)));
        }
        self.line("");
    }

    /// A type as it is written, with links to the definitions in it.
    fn link(&self, ty: &Type) -> String {
        match ty {
            Type::Id(id) => self.named(*id),
            Type::Bool => "bool".to_owned(),
            Type::Char => "char".to_owned(),
            Type::String => "string".to_owned(),
            Type::ErrorContext => "error-context".to_owned(),
            number => format!("{number:?}").to_lowercase(),
        }
    }

    fn named(&self, id: TypeId) -> String {
        let definition = &self.resolve.types[id];
        let Some(name) = &definition.name else { return self.kind(&definition.kind) };
        match definition.kind {
            TypeDefKind::Type(Type::Id(origin)) if is_used_from_elsewhere(self.resolve, definition) => {
                self.named(origin)
            }
            _ => format!("<a href=\"#{}\">{name}</a>", anchor(self.resolve, definition)),
        }
    }

    fn kind(&self, kind: &TypeDefKind) -> String {
        let generic = |name: &str, of: &[Option<Type>]| {
            let of: Vec<_> =
                of.iter().map(|ty| ty.as_ref().map_or_else(|| "_".to_owned(), |ty| self.link(ty))).collect();
            format!("{name}&lt;{}&gt;", of.join(", "))
        };
        match kind {
            TypeDefKind::Type(ty) => self.link(ty),
            TypeDefKind::Option(ty) => generic("option", &[Some(*ty)]),
            TypeDefKind::List(ty) => generic("list", &[Some(*ty)]),
            TypeDefKind::Map(key, value) => generic("map", &[Some(*key), Some(*value)]),
            TypeDefKind::Tuple(tuple) => {
                generic("tuple", &tuple.types.iter().copied().map(Some).collect::<Vec<_>>())
            }
            TypeDefKind::Result(result) => generic("result", &[result.ok, result.err]),
            TypeDefKind::Stream(ty) => generic("stream", &[*ty]),
            TypeDefKind::Future(ty) => generic("future", &[*ty]),
            other => other.as_str().to_owned(),
        }
    }

    fn heading(&mut self, level: usize, anchor: &str, title: &str) {
        let blank = if self.text.ends_with("\n\n") { "" } else { "\n" };
        let _ = write!(self.text, "{blank}{} <a id=\"{anchor}\"></a>{title}\n\n", "#".repeat(level));
    }

    fn paragraphs(&mut self, docs: &Docs) {
        if let Some(text) = &docs.contents {
            self.line(text.trim());
            self.line("");
        }
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text);
        self.text.push('\n');
    }
}

/// Text for a cell of a table: on one line; the first paragraphs of it.
fn cell(docs: &Docs, paragraphs: Option<usize>) -> String {
    let text = docs.contents.as_deref().unwrap_or_default().trim();
    let text: Vec<_> = text.split("\n\n").take(paragraphs.unwrap_or(usize::MAX)).collect();
    text.join(" ").replace('\n', " ").replace('|', "\\|")
}

fn interface_anchor(interface: &Interface) -> String {
    interface.name.clone().unwrap_or_default()
}

fn anchor(resolve: &Resolve, definition: &TypeDef) -> String {
    let interface = match definition.owner {
        TypeOwner::Interface(id) => interface_anchor(&resolve.interfaces[id]),
        _ => String::new(),
    };
    format!("{interface}.{}", definition.name.as_deref().unwrap_or_default())
}

/// Whether an interface has this type by a `use` of another's.
fn is_used_from_elsewhere(resolve: &Resolve, definition: &TypeDef) -> bool {
    match definition.kind {
        TypeDefKind::Type(Type::Id(origin)) => {
            let origin = &resolve.types[origin];
            origin.owner != definition.owner && origin.owner != TypeOwner::None
        }
        _ => false,
    }
}
