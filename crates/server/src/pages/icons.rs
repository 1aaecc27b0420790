//! A few line icons, drawn here on a 16-unit grid. Always beside words, or under a name for screen
//! readers given by the control.

use maud::{Markup, PreEscaped, html};

/// The icon of that name; nothing for a name that does not exist.
pub fn icon(name: &str) -> Markup {
    let path = match name {
        "mark" => r#"<path d="M3 4.5h10M3 8h7M3 11.5h4M10 11.5l2 2 3-4"/>"#,
        "accept" => r#"<path d="M3 8.5l3.2 3.2L13 4.8"/>"#,
        "edit" => r#"<path d="M3 13l.7-3L10.5 3.2l2.3 2.3L6 12.3z"/>"#,
        "refuse" => r#"<path d="M4 4l8 8M12 4l-8 8"/>"#,
        "search" => r#"<circle cx="7" cy="7" r="4"/><path d="M10 10l3.5 3.5"/>"#,
        "upload" => r#"<path d="M8 11V3M4.8 6L8 2.8 11.2 6M3 13.2h10"/>"#,
        "download" => r#"<path d="M8 3v8M4.8 8L8 11.2 11.2 8M3 13.2h10"/>"#,
        "undo" => r#"<path d="M5.5 3L2.8 5.8l2.7 2.7M3 5.8h6.2a3.6 3.6 0 0 1 0 7.2H6"/>"#,
        "warn" => r#"<path d="M8 2.5l6 11H2zM8 6.5v3.2M8 11.6v.4"/>"#,
        "info" => r#"<circle cx="8" cy="8" r="5.8"/><path d="M8 7.3v4M8 4.8v.4"/>"#,
        "lock" => r#"<path d="M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5"/>"#,
        "error" => r#"<circle cx="8" cy="8" r="5.8"/><path d="M8 4.6v4.2M8 11v.4"/>"#,
        "scan" => {
            r#"<path d="M2.8 5.5v-2.7h2.7M10.5 2.8h2.7v2.7M13.2 10.5v2.7h-2.7M5.5 13.2H2.8v-2.7M4.8 8h6.4"/>"#
        }
        "previous" => r#"<path d="M4 10l4-4 4 4"/>"#,
        "next" => r#"<path d="M4 6l4 4 4-4"/>"#,
        "patient" => {
            r#"<circle cx="8" cy="5.2" r="2.6"/><path d="M3 13.4c.6-2.8 2.6-4.2 5-4.2s4.400 1.400 5 4.200"/>"#
        }
        "eye" => {
            r#"<path d="M1.800 8c1.600-2.800 3.800-4.200 6.200-4.200s4.600 1.400 6.200 4.200c-1.600 2.800-3.800 4.200-6.200 4.200S3.400 10.800 1.800 8z"/><circle cx="8" cy="8" r="1.800"/>"#
        }
        "flag" => r#"<path d="M4 14V2.800h8l-1.800 2.900L12 8.600H4"/>"#,
        _ => return html! {},
    };
    html! {
        svg.icon viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false" {
            (PreEscaped(path))
        }
    }
}
