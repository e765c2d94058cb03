//! The picture of a service map. It is placed in slices: between two of them the worker hears what else is asked, and a map
//! that nobody waits for any more is given up.

use std::rc::Rc;

use super::protocol::{Ask, Tell};
use super::serve::Server;
use super::task::next_task;
use crate::layout::map_edges::packed;
use crate::layout::map_picture::PictureBuild;
use crate::model::outline::Column;

/// Answers once it is placed, unless another map is asked for meanwhile or nobody looks at it any more.
pub async fn answer(server: Rc<Server>, kind: usize, id: u32, ask: Ask) {
    next_task().await;
    if !server.is_newest(kind, id) {
        return server.tell(&Tell::Superseded { id });
    }
    let (mut build, calls) = match ask {
        Ask::Map { scope, wanted, .. } => {
            let Some(map) = server.service_map(&scope) else { return };
            (PictureBuild::new(&map, &wanted, None), map.calls)
        }
        Ask::PlaceMap { map, wanted, over_s, .. } => (PictureBuild::new(&map, &wanted, over_s), Vec::new()),
        _ => return,
    };
    while build.step() {
        next_task().await;
        if !server.is_newest(kind, id) {
            return server.tell(&Tell::Superseded { id });
        }
    }
    let picture = Box::new(build.finish());
    let columns = [Column::U32(calls), Column::U64(packed(&picture.left_out))];
    server.tell_columns(&Tell::Map { id, picture }, &columns);
}
