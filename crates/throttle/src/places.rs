use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

/// How much each tenant has under way.
#[derive(Clone, Debug, Default)]
pub struct Places(Rc<RefCell<HashMap<String, u32>>>);

/// A piece of work that is under way, until this is dropped.
#[derive(Debug)]
pub struct Place {
    places: Places,
    tenant: String,
}

impl Places {
    /// A place for one more piece of `tenant`'s work, of which `most` may be under way at once; `None` when all are taken.
    #[must_use]
    pub fn enter(&self, tenant: &str, most: u32) -> Option<Place> {
        let mut taken = self.0.borrow_mut();
        let count = taken.get(tenant).copied().unwrap_or_default();
        if count >= most {
            return None;
        }
        taken.insert(tenant.to_owned(), count + 1);
        Some(Place { places: self.clone(), tenant: tenant.to_owned() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.0.borrow_mut();
        if let Some(count) = taken.get_mut(&self.tenant) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.tenant);
            }
        }
    }
}
