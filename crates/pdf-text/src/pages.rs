//! Walking the page tree.

use std::collections::HashSet;

use hayro_syntax::Pdf;
use hayro_syntax::object::array::ArrayIter;
use hayro_syntax::object::{Array, Dict, MaybeRef, ObjRef, ObjectIdentifier};

use crate::error::Resource;
use crate::guard::has_type;
use crate::{Error, Limits};

/// Where a page is, and where what it inherits is.
#[derive(Debug, Clone)]
pub(crate) struct PagePlace {
    pub page: ObjectIdentifier,
    /// The nearest node above that has resources.
    pub inherited: Option<ObjectIdentifier>,
}

/// How many nodes may be looked at for each page allowed.
const NODES_A_PAGE: usize = 4;

struct Level<'a> {
    kids: ArrayIter<'a>,
    inherited: Option<ObjectIdentifier>,
}

/// Every page of the document, in order.
pub(crate) fn find_pages(pdf: &Pdf, root: Option<ObjRef>, limits: &Limits) -> Result<Vec<PagePlace>, Error> {
    let catalog = root.and_then(|root| pdf.xref().get::<Dict<'_>>(root.into()));
    let tree = catalog.and_then(|catalog| catalog.get_ref("Pages")).or_else(|| find_tree(pdf));
    let pages = match tree {
        Some(tree) => walk(pdf, tree.into(), limits)?,
        None => Vec::new(),
    };
    if pages.is_empty() { find_loose_pages(pdf, limits) } else { Ok(pages) }
}

fn find_tree(pdf: &Pdf) -> Option<ObjRef> {
    pdf.objects()
        .into_iter()
        .filter_map(|object| object.into_dict())
        .filter(|dict| has_type(dict, b"Catalog") && dict.obj_id() != Some(pdf.xref().root_id()))
        .find_map(|dict| dict.get_ref("Pages"))
}

/// For files whose page tree is lost.
fn find_loose_pages(pdf: &Pdf, limits: &Limits) -> Result<Vec<PagePlace>, Error> {
    let mut pages = Vec::new();
    for dict in pdf.objects().into_iter().filter_map(|object| object.into_dict()) {
        if has_type(&dict, b"Page")
            && let Some(page) = dict.obj_id()
        {
            push(&mut pages, PagePlace { page, inherited: None }, limits)?;
        }
    }
    Ok(pages)
}

fn push(pages: &mut Vec<PagePlace>, page: PagePlace, limits: &Limits) -> Result<(), Error> {
    if pages.len() == limits.max_pages {
        return Err(Error::over(Resource::Pages, limits.max_pages));
    }
    pages.push(page);
    Ok(())
}

fn walk(pdf: &Pdf, tree: ObjectIdentifier, limits: &Limits) -> Result<Vec<PagePlace>, Error> {
    let mut pages = Vec::new();
    let mut seen = HashSet::from([tree]);
    let mut nodes = limits.max_pages.saturating_mul(NODES_A_PAGE);
    let mut levels = Vec::new();
    levels.extend(open_node(pdf, tree, None));
    while let Some(level) = levels.last_mut() {
        let Some(kid) = level.kids.next() else {
            levels.pop();
            continue;
        };
        nodes = nodes.checked_sub(1).ok_or(Error::over(Resource::Pages, limits.max_pages))?;
        // Pages written into the tree itself are not PDF, and nothing could refer to them.
        let MaybeRef::Ref(kid) = kid else { continue };
        let kid = ObjectIdentifier::from(kid);
        if !seen.insert(kid) {
            continue;
        }
        let Some(dict) = pdf.xref().get::<Dict<'_>>(kid) else { continue };
        if has_type(&dict, b"Pages") || dict.contains_key("Kids") {
            let inherited = level.inherited;
            if levels.len() == limits.max_depth {
                return Err(Error::over(Resource::Depth, limits.max_depth));
            }
            levels.extend(open_node(pdf, kid, inherited));
        } else {
            push(&mut pages, PagePlace { page: kid, inherited: level.inherited }, limits)?;
        }
    }
    Ok(pages)
}

fn open_node(pdf: &Pdf, id: ObjectIdentifier, inherited: Option<ObjectIdentifier>) -> Option<Level<'_>> {
    let dict = pdf.xref().get::<Dict<'_>>(id)?;
    let inherited = if dict.contains_key("Resources") { Some(id) } else { inherited };
    Some(Level { kids: dict.get::<Array<'_>>("Kids")?.raw_iter(), inherited })
}
