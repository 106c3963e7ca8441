//! Components that know no word of the domain's pages: panels, figures, chips, tables, code, glyphs.

mod chart_figure;
mod checked_field;
mod code_block;
mod fields;
mod figures;
mod file_text;
pub mod glyph;
mod grid;
mod object_name;
mod object_tabs;
mod panel;
mod section_tabs;
mod status_chip;

pub use chart_figure::ChartFigure;
pub use checked_field::{Accept, CheckedField};
pub use code_block::CodeBlock;
pub use fields::{Fields, Used};
pub use figures::{FiguresTable, GrowingTable, MetricCard, MiniHistogram, MiniOverlay};
pub use file_text::FileText;
pub use grid::RowsGrid;
pub use object_name::ObjectName;
pub use object_tabs::{ObjectTabs, selected_object};
pub use panel::{Empty, PageHead, Panel};
pub use section_tabs::SectionTabs;
pub use status_chip::{ProgressLine, StatusChip};
