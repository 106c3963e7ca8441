//! Where the nodes of a tree stand: leaves evenly in their order, each parent midway between its children, a level below a level.
//! Deliberately without pixels, and without trust: nodes that a broken tree does not reach have no place.

use crate::protocol::TreeNode;

/// A node's place: in leaves from the left, and in levels from the root.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub x: f64,
    pub depth: usize,
}

/// Children of a node, yes and no; `None` for a leaf and for what cannot be a split, since children stand behind their parents.
pub fn children(nodes: &[TreeNode], node: usize) -> Option<(usize, usize)> {
    let (yes, no) = nodes.get(node)?.children?;
    let (yes, no) = (yes as usize, no as usize);
    (yes > node && no > node && yes != no && yes < nodes.len() && no < nodes.len()).then_some((yes, no))
}

/// The places of all nodes.
pub fn places(nodes: &[TreeNode]) -> Vec<Option<Place>> {
    let mut places = vec![None; nodes.len()];
    let mut waiting = if nodes.is_empty() { Vec::new() } else { vec![(0, 0)] };
    let mut n_leaves = 0.0;
    while let Some((node, depth)) = waiting.pop() {
        if places[node].is_some() {
            continue;
        }
        let mut x = 0.0;
        if let Some((yes, no)) = children(nodes, node) {
            waiting.push((no, depth + 1));
            waiting.push((yes, depth + 1));
        } else {
            x = n_leaves;
            n_leaves += 1.0;
        }
        places[node] = Some(Place { x, depth });
    }
    // From the last node: children are placed before their parents.
    for node in (0..nodes.len()).rev() {
        let Some((yes, no)) = children(nodes, node) else { continue };
        if let (Some(yes), Some(no), Some(place)) = (places[yes], places[no], places[node].as_mut()) {
            place.x = (yes.x + no.x) / 2.0;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(children: Option<(u32, u32)>) -> TreeNode {
        TreeNode { children, ..TreeNode::default() }
    }

    /// Leaf-wise growth: every third split goes on at the left.
    fn uneven(n_splits: u32) -> Vec<TreeNode> {
        let mut nodes = vec![node(None)];
        for i in 0..n_splits {
            let at = if i % 3 == 0 { (0..nodes.len()).find(|at| nodes[*at].children.is_none()) } else { None };
            let n = nodes.len() as u32;
            let at = at.unwrap_or(nodes.len() - 1);
            nodes[at].children = Some((n, n + 1));
            nodes.extend([node(None), node(None)]);
        }
        nodes
    }

    #[test]
    fn children_stand_below_their_parents_yes_at_the_left_and_nothing_overlaps() {
        for n_splits in [0, 1, 2, 7, 40, 255] {
            let nodes = uneven(n_splits);
            let places = places(&nodes);
            let place = |i: usize| places[i].unwrap();
            for i in 0..nodes.len() {
                let Some((yes, no)) = children(&nodes, i) else { continue };
                assert_eq!((place(yes).depth, place(no).depth), (place(i).depth + 1, place(i).depth + 1));
                assert!(place(yes).x < place(i).x && place(i).x < place(no).x);
                assert_eq!(place(i).x - place(yes).x, place(no).x - place(i).x);
            }
            for (a, b) in (0..nodes.len()).flat_map(|a| (0..a).map(move |b| (place(a), place(b)))) {
                assert!(a.depth != b.depth || (a.x - b.x).abs() >= 1.0, "{a:?} {b:?}");
            }
            let leaves = (0..nodes.len()).filter(|i| children(&nodes, *i).is_none()).count();
            let most = places.iter().flatten().map(|place| place.x).fold(0.0, f64::max);
            assert_eq!(most, leaves as f64 - 1.0);
        }
    }

    #[test]
    fn a_broken_tree_has_places_for_what_it_reaches() {
        let lost = [node(Some((1, 9))), node(None)];
        assert_eq!(places(&lost), [Some(Place { x: 0.0, depth: 0 }), None]);
        let circle = [node(Some((1, 2))), node(Some((0, 2))), node(None)];
        assert_eq!(children(&circle, 1), None);
        let shared = [node(Some((1, 2))), node(Some((2, 3))), node(None), node(None)];
        assert_eq!(places(&shared).iter().flatten().count(), 4);
        assert!(places(&[]).is_empty());
    }
}
