/// Every layout with its text; `layout::tests` checks that no file is left out.
const FILES: &[(&str, &str)] = layouts![
    "development/consultation_1",
    "development/labo_1",
];
