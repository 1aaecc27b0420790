//! Requests against the whole router, over a real desk in a temporary folder.
#![allow(clippy::unwrap_used)]

mod practice;

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use practice::PASSWORD;
use relu_desk::Desk;
use relu_record::Role;
use relu_server::{ServerSettings, hash_password, router};
use tower::ServiceExt;

struct Practice {
    router: Router,
    desk: Desk,
    _folder: tempfile::TempDir,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}

/// Somebody signed in: their cookie and the token of their forms.
#[derive(Clone)]
struct Person {
    cookie: String,
    token: String,
}

impl Practice {
    /// A fresh folder; no program reads documents, so that each goes to quarantine at once.
    async fn open() -> Practice {
        Practice::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut ServerSettings)) -> Practice {
        let folder = tempfile::tempdir().unwrap();
        let desk = practice::desk(folder.path(), 1).await;
        let mut settings = ServerSettings::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        change(&mut settings);
        Practice { router: router(desk.clone(), &settings), desk, _folder: folder }
    }

    /// With an administrator, a secretary and a doctor.
    async fn staffed() -> Practice {
        let practice = Practice::open().await;
        let people =
            [("claire", "Claire", Role::Secretariat), ("durand", "Dr Durand", Role::Medecin)];
        practice::staff(&practice.desk, &people).await;
        practice
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        let bytes = to_bytes(body, 8 << 20).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    async fn get(&self, path: &str, cookie: &str) -> Answer {
        let request = Request::get(path)
            .header(header::ACCEPT, "text/html")
            .header(header::COOKIE, cookie)
            .body(Body::empty());
        self.send(request.unwrap()).await
    }

    async fn post(&self, path: &str, cookie: &str, form: &[(&str, &str)]) -> Answer {
        self.post_with(path, cookie, form, &[]).await
    }

    async fn post_with(
        &self,
        path: &str,
        cookie: &str,
        form: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let body: Vec<String> =
            form.iter().map(|(k, v)| format!("{k}={}", v.replace(' ', "+"))).collect();
        let mut request = Request::post(path)
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, cookie);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.join("&"))).unwrap()).await
    }

    async fn sign_in(&self, login: &str) -> Person {
        let answer = self.post("/connexion", "", &[("login", login), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        let page = self.get("/aide", &cookie).await;
        assert_eq!(page.status, StatusCode::OK);
        let token = between(&page.body, "name=\"csrf\" value=\"", "\"").to_owned();
        Person { cookie, token }
    }

    async fn upload(&self, who: &Person, token: &str, name: &str, bytes: &[u8]) -> Answer {
        let edge = "limite";
        let mut body = format!(
            "--{edge}\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{token}\r\n\
             --{edge}\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(format!("\r\n--{edge}--\r\n").as_bytes());
        let request = Request::post("/documents")
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={edge}"))
            .header(header::COOKIE, &who.cookie)
            .body(Body::from(body));
        self.send(request.unwrap()).await
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split_once(before).and_then(|(_, rest)| rest.split_once(after)).map_or("", |(it, _)| it)
}

#[tokio::test]
async fn first_start_makes_the_administrator_once() {
    let practice = Practice::open().await;
    let home = practice.get("/", "").await;
    assert_eq!(
        (home.status, home.header("location")),
        (StatusCode::SEE_OTHER, "/premiere-connexion")
    );
    assert!(practice.get("/premiere-connexion", "").await.body.contains("id=\"first-submit\""));

    let mut form =
        vec![("login", "admin"), ("name", "Aline"), ("password", "court"), ("password2", "court")];
    let short = practice.post("/premiere-connexion", "", &form).await;
    assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(short.body.contains("12 caractères") && short.body.contains("value=\"Aline\""));
    assert!(!short.body.contains("court\""), "a password is never sent back");

    form[2].1 = PASSWORD;
    form[3].1 = PASSWORD;
    let made = practice.post("/premiere-connexion", "", &form).await;
    assert_eq!((made.status, made.header("location")), (StatusCode::SEE_OTHER, "/comptes"));
    assert!(made.header("set-cookie").contains("HttpOnly; SameSite=Strict"));

    let again = practice.post("/premiere-connexion", "", &form).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let shown = practice.get("/premiere-connexion", "").await;
    assert_eq!(shown.header("location"), "/connexion");
}

#[tokio::test]
async fn every_answer_wears_the_headers() {
    let practice = Practice::staffed().await;
    let person = practice.sign_in("claire").await;
    for path in ["/", "/connexion", "/aide", "/nulle-part", "/documents/inconnu", "/health/live"] {
        let answer = practice.get(path, &person.cookie).await;
        let csp = answer.header("content-security-policy");
        assert!(csp.contains("default-src 'none'") && csp.contains("script-src 'self'"), "{path}");
        assert!(csp.contains("frame-ancestors 'none'") && !csp.contains("unsafe"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    assert_eq!(practice.get("/nulle-part", &person.cookie).await.status, StatusCode::NOT_FOUND);
    let unknown = practice.get("/documents/inconnu", &person.cookie).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(unknown.body.contains("data-test=\"failure\""), "a French page, not bare text");
}

#[tokio::test]
async fn assets_are_kept_under_a_version() {
    let practice = Practice::open().await;
    let page = practice.get("/premiere-connexion", "").await.body;
    let mut seen = 0;
    for address in page.split('"').filter(|part| part.starts_with("/assets/")) {
        let file = practice.get(address, "").await;
        assert_eq!(file.status, StatusCode::OK, "{address}");
        assert!(file.header("cache-control").contains("immutable"), "{address}");
        assert!(!file.body.is_empty(), "{address}");
        seen += 1;
    }
    assert!(seen >= 6, "{seen}");
    let old = practice.get("/assets/0/app.js", "").await;
    assert_eq!(old.header("cache-control"), "no-store");
}

#[tokio::test]
async fn each_role_starts_where_its_work_is() {
    let practice = Practice::staffed().await;
    for (login, asked, shown) in [
        ("durand", "", "/?etat=a-viser"),
        ("durand", "/journal", "/journal"),
        ("claire", "", "/"),
        ("admin", "", "/"),
    ] {
        let fields = [("login", login), ("password", PASSWORD), ("suite", asked)];
        let answer = practice.post("/connexion", "", &fields).await;
        assert_eq!(answer.header("location"), shown, "{login} {asked}");
    }
}

#[tokio::test]
async fn signed_out_people_sign_in_and_programs_are_told() {
    let practice = Practice::staffed().await;
    let page = practice.get("/documents/abc?etat=a-viser", "").await;
    assert_eq!(page.header("location"), "/connexion?suite=%2Fdocuments%2Fabc%3Fetat%3Da-viser");
    let forged = practice.get("/", "relu=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").await;
    assert_eq!(forged.header("location"), "/connexion");
    for path in ["/api/documents", "/evenements", "/documents/a/pages/0.png"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        assert_eq!(practice.send(request).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
}

#[tokio::test]
async fn unknown_and_wrong_look_the_same() {
    let practice = Practice::staffed().await;
    let wrong = practice.post("/connexion", "", &[("login", "claire"), ("password", "non")]).await;
    let unknown =
        practice.post("/connexion", "", &[("login", "personne"), ("password", "non")]).await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert_eq!((wrong.status, &wrong.body), (unknown.status, &unknown.body));
    assert!(wrong.headers.get("set-cookie").is_none());
}

#[tokio::test]
async fn tries_run_out() {
    let practice = Practice::staffed().await;
    let form = [("login", "claire"), ("password", "non")];
    let mut statuses = Vec::new();
    for _ in 0..8 {
        let answer = practice.post("/connexion", "", &form).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
        }
        statuses.push(answer.status);
    }
    assert_eq!(statuses.first(), Some(&StatusCode::UNAUTHORIZED));
    assert_eq!(statuses.last(), Some(&StatusCode::TOO_MANY_REQUESTS));
    // Another person is not held back.
    practice.sign_in("durand").await;
}

#[tokio::test]
async fn a_change_needs_its_own_token_and_site() {
    let practice = Practice::staffed().await;
    let (claire, durand) = (practice.sign_in("claire").await, practice.sign_in("durand").await);
    let search =
        |token: &str| vec![("csrf".to_owned(), token.to_owned()), ("q".to_owned(), "x".to_owned())];
    for (token, headers, passes) in [
        ("", &[][..], false),
        (durand.token.as_str(), &[], false),
        (claire.token.as_str(), &[("sec-fetch-site", "cross-site")], false),
        (claire.token.as_str(), &[("origin", "https://ailleurs.example")], false),
        (claire.token.as_str(), &[("sec-fetch-site", "same-origin")], true),
        (claire.token.as_str(), &[], true),
    ] {
        let form = search(token);
        let form: Vec<(&str, &str)> = form.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let answer = practice.post_with("/recherche", &claire.cookie, &form, headers).await;
        let expected = if passes { StatusCode::SEE_OTHER } else { StatusCode::FORBIDDEN };
        assert_eq!(answer.status, expected, "{headers:?}");
    }
}

#[tokio::test]
async fn a_name_searched_never_enters_an_address() {
    let practice = Practice::staffed().await;
    let (claire, durand) = (practice.sign_in("claire").await, practice.sign_in("durand").await);
    let form = [("csrf", claire.token.as_str()), ("q", "dupont"), ("etat", "a-classer")];
    let answer = practice.post("/recherche", &claire.cookie, &form).await;
    let address = answer.header("location").to_owned();
    assert!(address.starts_with("/?etat=a-classer&r=") && !address.contains("dupont"), "{address}");
    let hers = practice.get(&address, &claire.cookie).await.body;
    assert!(hers.contains("value=\"dupont\""), "the search survives a reload");
    assert!(!practice.get(&address, &durand.cookie).await.body.contains("dupont"));
}

#[tokio::test]
async fn roles_open_their_own_doors() {
    let practice = Practice::staffed().await;
    let (admin, claire) = (practice.sign_in("admin").await, practice.sign_in("claire").await);
    for (path, for_admin, for_claire) in [
        ("/", 200, 200),
        ("/comptes", 200, 403),
        ("/registre-des-fonctions", 200, 200),
        ("/journal", 200, 200),
        ("/aide", 200, 200),
        ("/documents/x", 403, 404),
        ("/api/documents", 403, 200),
    ] {
        assert_eq!(practice.get(path, &admin.cookie).await.status.as_u16(), for_admin, "{path}");
        assert_eq!(practice.get(path, &claire.cookie).await.status.as_u16(), for_claire, "{path}");
    }
    assert!(!practice.get("/", &admin.cookie).await.body.contains("id=\"upload\""));
    let register = practice.get("/registre-des-fonctions", &claire.cookie).await.body;
    assert!(register.contains("data-test=\"function\"") && !register.contains("id=\"switch-"));
    let form = [("csrf", claire.token.as_str()), ("active", "non")];
    let refused = practice.post("/registre-des-fonctions/identify", &claire.cookie, &form).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_administrator_creates_accounts_and_switches_functions() {
    let practice = Practice::staffed().await;
    let admin = practice.sign_in("admin").await;
    let form = [
        ("csrf", admin.token.as_str()),
        ("role", "secretariat"),
        ("name", "Zoé"),
        ("login", "zoe"),
        ("password", PASSWORD),
        ("password2", PASSWORD),
    ];
    let made = practice.post("/comptes", &admin.cookie, &form).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    let page = practice.get("/comptes", &admin.cookie).await.body;
    assert!(page.contains("data-login=\"zoe\"") && page.contains("Compte zoe créé"));
    practice.sign_in("zoe").await;

    let register = practice.get("/registre-des-fonctions", &admin.cookie).await.body;
    let id = between(&register, "data-function=\"", "\"").to_owned();
    let off = [("csrf", admin.token.as_str()), ("active", "non"), ("overseer", "Aline")];
    let path = format!("/registre-des-fonctions/{id}");
    let answer = practice.post(&path, &admin.cookie, &off).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let register = practice.get("/registre-des-fonctions", &admin.cookie).await.body;
    assert!(
        between(&register, &format!("data-function=\"{id}\""), ">").contains("data-active=\"non\"")
    );
}

#[tokio::test]
async fn a_file_comes_in_is_explained_and_goes_out_harmless() {
    let practice = Practice::with(|settings| settings.max_file_bytes = 1000).await;
    let hash = hash_password(PASSWORD).unwrap();
    let desk = &practice.desk;
    let admin = desk.create_account(None, "admin", "A", Role::Administrateur, &hash).await.unwrap();
    desk.create_account(Some(&admin.actor()), "claire", "C", Role::Secretariat, &hash)
        .await
        .unwrap();
    let claire = practice.sign_in("claire").await;

    let refused = practice.upload(&claire, "faux", "a.txt", b"texte").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.body.contains("\"error\""));
    let taken = practice.upload(&claire, &claire.token, "<b>note</b>.txt", b"Bonjour").await;
    assert_eq!(taken.body, r#"{"received":1,"duplicates":0,"too_large":0,"refused":0}"#);
    let twice = practice.upload(&claire, &claire.token, "copie.txt", b"Bonjour").await;
    assert!(twice.body.contains("\"duplicates\":1"), "{}", twice.body);
    let large = practice.upload(&claire, &claire.token, "gros.txt", &[b'x'; 1001]).await;
    assert!(large.body.contains("\"too_large\":1"), "{}", large.body);

    // No reader can be started here: the document goes to quarantine and the page says why.
    let mut page = String::new();
    for _ in 0..100 {
        page = practice.get("/?etat=quarantaine", &claire.cookie).await.body;
        if page.contains("data-test=\"document\"") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let id = between(&page, "data-id=\"", "\"").to_owned();
    assert!(!id.is_empty(), "nothing reached quarantine");
    assert!(!page.contains("<b>note</b>"), "a hostile file name is escaped");
    let path = format!("/documents/{id}?etat=quarantaine");
    let page = practice.get(&path, &claire.cookie).await.body;
    assert!(page.contains("data-test=\"quarantine\"") && page.contains("id=\"retry\""));
    let original = practice.get(&format!("/documents/{id}/original"), &claire.cookie).await;
    assert_eq!(original.body, "Bonjour");
    assert!(original.header("content-disposition").starts_with("attachment"));
    assert!(original.header("content-security-policy").contains("sandbox"));
    let listed = practice.get("/api/documents?etat=quarantaine", &claire.cookie).await;
    let json: serde_json::Value = serde_json::from_str(&listed.body).unwrap();
    assert_eq!(json["documents"][0]["id"], id.as_str());
    let form = [("csrf", claire.token.as_str())];
    let retried = practice
        .post(&format!("/documents/{id}/relire?etat=quarantaine"), &claire.cookie, &form)
        .await;
    assert_eq!(retried.status, StatusCode::SEE_OTHER, "{}", retried.body);
    assert_eq!(retried.header("location"), path);

    let metrics = practice.get("/metrics", "").await.body;
    assert!(
        metrics.contains("relu_documents{state=\"") && metrics.contains("_pending "),
        "{metrics}"
    );
    assert!(!metrics.contains("note"));
}

#[tokio::test]
async fn the_ledger_is_shown_verified_and_exported() {
    let practice = Practice::staffed().await;
    let durand = practice.sign_in("durand").await;
    let page = practice.get("/journal", &durand.cookie).await.body;
    assert!(page.contains("data-test=\"ledger-line\""));
    let form = [("csrf", durand.token.as_str())];
    let answer = practice.post("/journal/verifier", &durand.cookie, &form).await;
    assert_eq!(answer.header("location"), "/journal");
    assert!(practice.get("/journal", &durand.cookie).await.body.contains("Le journal est intact"));
    let head = practice.get("/journal/tete.json", &durand.cookie).await;
    assert!(serde_json::from_str::<serde_json::Value>(&head.body).unwrap().is_object());
}

#[tokio::test]
async fn signing_out_ends_the_session() {
    let practice = Practice::staffed().await;
    let claire = practice.sign_in("claire").await;
    let out = practice.post("/deconnexion", &claire.cookie, &[("csrf", &claire.token)]).await;
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(practice.get("/", &claire.cookie).await.header("location"), "/connexion");
}

#[tokio::test]
async fn https_cookies_are_bound_to_the_host() {
    let practice = Practice::with(|settings| settings.secure_cookies = true).await;
    let form = [("login", "admin"), ("name", "A"), ("password", PASSWORD), ("password2", PASSWORD)];
    let made = practice.post("/premiere-connexion", "", &form).await;
    let cookie = made.header("set-cookie");
    assert!(cookie.starts_with("__Host-relu=") && cookie.ends_with("; Secure"), "{cookie}");
    assert!(cookie.contains("Path=/") && !cookie.contains("Domain"));
}

#[tokio::test]
async fn health_says_that_the_store_answers() {
    let practice = Practice::open().await;
    for path in ["/health/live", "/health/ready"] {
        assert_eq!(practice.get(path, "").await.body, "ok\n", "{path}");
    }
    let described = practice.get("/api/openapi.json", "").await;
    assert!(described.body.contains("\"/api/documents\""));
}

#[tokio::test]
async fn exports_are_for_those_bound_by_secrecy() {
    let practice = Practice::staffed().await;
    let [claire, durand, admin] = [
        practice.sign_in("claire").await,
        practice.sign_in("durand").await,
        practice.sign_in("admin").await,
    ];
    for (path, secretary, doctor, administrator) in [
        ("/exports", 403, 200, 200),
        ("/exports/nouveau", 403, 200, 403),
        ("/opposition", 200, 200, 403),
        ("/exports/inconnu", 403, 404, 404),
        ("/exports/inconnu/archive.zip", 403, 404, 403),
    ] {
        for (who, expected) in [(&claire, secretary), (&durand, doctor), (&admin, administrator)] {
            let answer = practice.get(path, &who.cookie).await;
            assert_eq!(answer.status.as_u16(), expected, "{path}");
        }
    }
    // Every change needs the form's token and the right role.
    for path in ["/exports", "/exports/x/exporter", "/exports/x/documents/d/decider", "/opposition"]
    {
        let answer = practice.post(path, &durand.cookie, &[("csrf", "faux")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    for path in ["/exports", "/exports/x/actualiser", "/exports/x/documents/d/relu"] {
        let answer = practice.post(path, &claire.cookie, &[("csrf", &claire.token)]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    // What was typed stays on the page beside the reason.
    let form = [("csrf", durand.token.as_str()), ("title", "Etude"), ("policy", "masque")];
    let answer = practice.post("/exports", &durand.cookie, &form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        answer.body.contains("data-test=\"problem\"") && answer.body.contains("value=\"Etude\"")
    );
}

#[tokio::test]
async fn an_objection_is_recorded_listed_and_taken_back() {
    let practice = Practice::staffed().await;
    let claire = practice.sign_in("claire").await;
    let form = |born: &'static str| {
        [
            ("csrf", claire.token.clone()),
            ("birth_name", "QUELLEC".to_owned()),
            ("first_name", "Maryvonne".to_owned()),
            ("birth_date", born.to_owned()),
        ]
    };
    let post = async |fields: [(&str, String); 4]| {
        let fields = fields.each_ref().map(|(k, v)| (*k, v.as_str()));
        practice.post("/opposition", &claire.cookie, &fields).await
    };
    let refused = post(form("")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.body.contains("value=\"QUELLEC\""));
    let done = post(form("1957-03-28")).await;
    assert_eq!(done.header("location"), "/opposition", "no name in an address");
    let page = practice.get("/opposition", &claire.cookie).await.body;
    assert!(
        page.contains("QUELLEC") && page.contains("Claire") && page.contains("data-count=\"1\"")
    );
    let id = page.split("data-test=\"opposition\" data-id=\"").nth(1).unwrap();
    let id = id.split('"').next().unwrap();
    let path = format!("/opposition/{id}/retirer");
    let csrf = [("csrf", claire.token.as_str())];
    let answer = practice.post(&path, &claire.cookie, &csrf).await;
    assert_eq!(answer.header("location"), "/opposition");
    let page = practice.get("/opposition", &claire.cookie).await.body;
    assert!(page.contains("data-count=\"0\"") && page.contains("retirée par Claire"));
    let again = practice.post(&path, &claire.cookie, &csrf).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    let journal = practice.get("/journal", &claire.cookie).await.body;
    assert!(journal.contains("Opposition enregistrée") && !journal.contains("QUELLEC"));
}

#[tokio::test]
async fn a_list_of_patients_is_tried_then_imported_and_doubles_are_merged_and_split() {
    let practice = Practice::staffed().await;
    let who = practice.sign_in("claire").await;
    let list = "IPP;Nom;Prénom;Date de naissance;Sexe\n1;ESSAI;Jeanne;12/03/1950;F\n\
                2;ESSAI;Jeanne;12/03/1950;F\n3;TEST;Luc;31/02/1960;M\n";
    let body = format!(
        "--x\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n{}\r\n--x\r\n\
         content-disposition: form-data; name=\"source\"\r\n\r\nLOGI\r\n--x\r\n\
         content-disposition: form-data; name=\"fichier\"; filename=\"p.csv\"\r\n\r\n{list}\r\n--x--\r\n",
        who.token
    );
    let send = || {
        Request::post("/patients/importer")
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
            .header(header::COOKIE, &who.cookie)
            .body(Body::from(body.clone()))
            .unwrap()
    };
    let count = |page: &str, outcome: &str| {
        let mark = format!("data-outcome=\"{outcome}\" data-count=\"");
        between(page, &mark, "\"").parse::<usize>().unwrap()
    };
    let tried = practice.send(send()).await;
    assert_eq!(tried.status, StatusCode::OK, "{}", tried.body);
    assert_eq!((count(&tried.body, "new"), count(&tried.body, "refused")), (2, 1));
    assert!(practice.desk.find_patients("essai").await.unwrap().is_empty(), "nothing was kept");
    let form = [("csrf", who.token.as_str())];
    let done = practice.post("/patients/importer/appliquer", &who.cookie, &form).await;
    assert_eq!((done.status, count(&done.body, "new")), (StatusCode::OK, 2));
    let gone = practice.post("/patients/importer/appliquer", &who.cookie, &form).await;
    assert_eq!(gone.status, StatusCode::CONFLICT, "once");
    practice.send(send()).await;
    let again = practice.post("/patients/importer/appliquer", &who.cookie, &form).await;
    assert_eq!((count(&again.body, "same"), count(&again.body, "new")), (2, 0));

    // The two records agree on everything but their number.
    let page = practice.get("/patients", &who.cookie).await;
    assert!(page.body.contains("data-test=\"doubles-count\" data-count=\"1\""), "{}", page.body);
    let side = |n: usize| {
        let piece = page.body.split("data-test=\"side\" data-id=\"").nth(n).unwrap();
        piece.split('"').next().unwrap().to_owned()
    };
    let (one, other) = (side(1), side(2));
    let merge = |keep: &'static str| {
        [
            ("csrf", who.token.clone()),
            ("un", one.clone()),
            ("autre", other.clone()),
            ("garder", if keep == "autre" { other.clone() } else { "personne".to_owned() }),
        ]
    };
    let fields = |f: &[(&'static str, String); 4]| -> Vec<(&'static str, String)> { f.to_vec() };
    let post = async |f: Vec<(&'static str, String)>| {
        let pairs: Vec<(&str, &str)> = f.iter().map(|(k, v)| (*k, v.as_str())).collect();
        practice.post("/patients/fusionner", &who.cookie, &pairs).await
    };
    assert!(post(fields(&merge("personne"))).await.status.is_client_error());
    assert_eq!(post(fields(&merge("autre"))).await.status, StatusCode::SEE_OTHER);
    let found = practice.desk.find_patients("essai").await.unwrap();
    assert_eq!(found.iter().map(|p| &p.id).collect::<Vec<_>>(), [&other]);
    let page = practice.get("/patients", &who.cookie).await;
    let merge = between(&page.body, "data-test=\"merge\" data-id=\"", "\"").to_owned();
    let undo = format!("/patients/fusions/{merge}/annuler");
    assert_eq!(practice.post(&undo, &who.cookie, &form).await.status, StatusCode::SEE_OTHER);
    assert_eq!(practice.desk.find_patients("essai").await.unwrap().len(), 2);
    let admin = practice.sign_in("admin").await;
    let refused = practice.post(&undo, &admin.cookie, &[("csrf", &admin.token)]).await;
    assert!(refused.status.is_client_error(), "an administrator sees no patient");
    assert!(practice.desk.verify_ledger().await.unwrap().ok);
}

#[tokio::test]
async fn what_the_list_shows_is_saved_opened_renamed_and_forgotten() {
    let practice = Practice::staffed().await;
    let (claire, durand) = (practice.sign_in("claire").await, practice.sign_in("durand").await);
    let token = ("csrf", claire.token.as_str());
    let form =
        [token, ("q", "dupont"), ("etat", "a-viser"), ("type", "11502-2"), ("tri", "recents")];
    let asked = practice.post("/recherche", &claire.cookie, &form).await;
    let place = asked.header("location").to_owned();
    assert!(place.starts_with("/?etat=a-viser&type=11502-2&tri=recents&r="), "{place}");
    let page = practice.get(&place, &claire.cookie).await.body;
    assert!(page.contains("data-test=\"no-views\"") && page.contains("aria-sort=\"descending\""));

    let save = place.replace("/?", "/vues?");
    let saved = practice.post(&save, &claire.cookie, &[token, ("nom", "Résultats Dupont")]).await;
    assert_eq!((saved.status, saved.header("location")), (StatusCode::SEE_OTHER, place.as_str()));
    // The page says which view it shows; the palette has it; the same name is not given twice.
    let page = practice.get(&place, &claire.cookie).await.body;
    assert!(page.contains("id=\"views-menu\"><span>Vue : Résultats Dupont</span>"), "{page}");
    let view = format!("/vues/{}", between(&page, "data-test=\"saved-view\" data-id=\"", "\""));
    let commands = practice.get("/vues", &claire.cookie).await.body;
    assert!(commands.contains(&format!("<a href=\"{view}\">Vue : Résultats Dupont</a>")));
    let twice = practice.post(&save, &claire.cookie, &[token, ("nom", "RÉSULTATS dupont")]).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(twice.body.contains("porte déjà ce nom"));
    let unnamed = practice.post(&save, &claire.cookie, &[token, ("nom", " ")]).await;
    assert_eq!(unnamed.status, StatusCode::UNPROCESSABLE_ENTITY);

    // One's own, under any name, from wherever one is.
    assert_eq!(practice.get(&view, &claire.cookie).await.header("location"), place);
    assert_eq!(practice.get(&view, &durand.cookie).await.status, StatusCode::NOT_FOUND);
    let named = [token, ("nom", "Dupont"), ("retour", "//ailleurs.example")];
    let renamed = practice.post(&format!("{view}/renommer"), &claire.cookie, &named).await;
    assert_eq!(renamed.header("location"), "/");
    let theirs = [("csrf", durand.token.as_str()), ("nom", "À moi")];
    let refused = practice.post(&format!("{view}/renommer"), &durand.cookie, &theirs).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert!(practice.get(&place, &claire.cookie).await.body.contains(">Vue : Dupont</span>"));

    let back = place.replace('&', "%26");
    let forget = [token, ("retour", back.as_str())];
    let forgotten = practice.post(&format!("{view}/oublier"), &claire.cookie, &forget).await;
    assert_eq!(forgotten.header("location"), place);
    let page = practice.get(&place, &claire.cookie).await.body;
    assert!(page.contains("data-test=\"no-views\"") && page.contains("id=\"undo-notice\""));
    practice.post("/vues/retablir", &claire.cookie, &forget).await;
    assert!(practice.get(&place, &claire.cookie).await.body.contains(">Vue : Dupont</span>"));
    let again = practice.post("/vues/retablir", &claire.cookie, &forget).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND, "there is nothing left to take back");
    assert!(practice.desk.verify_ledger().await.unwrap().ok);
}

#[tokio::test]
async fn the_doctors_filters_and_the_list_to_print_stand_in_addresses_without_names() {
    let practice = Practice::staffed().await;
    let (claire, durand) = (practice.sign_in("claire").await, practice.sign_in("durand").await);
    let token = ("csrf", durand.token.as_str());
    let form = [
        token,
        ("voir", "vus"),
        ("patient", "dupont"),
        ("type", "11502-2"),
        ("mention", "H"),
        ("moi", "oui"),
    ];
    let asked = practice.post("/a-viser", &durand.cookie, &form).await;
    let place = asked.header("location").to_owned();
    assert!(place.starts_with("/a-viser?voir=vus&moi=oui&type=11502-2&mention=H&r="), "{place}");
    let page = practice.get(&place, &durand.cookie).await.body;
    for shown in
        ["value=\"dupont\"", "value=\"11502-2\" selected", "value=\"H\" selected", "checked"]
    {
        assert!(page.contains(shown), "{shown}");
    }
    assert!(page.contains("ne correspond à ces filtres") && page.contains("id=\"visa-clear\""));
    let secretary = practice.get("/a-viser", &claire.cookie).await;
    assert_eq!(secretary.status, StatusCode::FORBIDDEN);

    let page = practice.get("/bannettes?b=imprimer", &claire.cookie).await.body;
    assert!(page.contains("Rien à imprimer.") && page.contains("id=\"bannette-imprimer\""));
    let none =
        practice.post("/a-imprimer", &claire.cookie, &[("csrf", claire.token.as_str())]).await;
    assert_eq!(none.header("location"), "/bannettes?b=imprimer");
    let gone = practice.get("/a-imprimer/00ff", &claire.cookie).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND, "a session that was closed has forgotten it");
}

#[tokio::test]
async fn a_search_keeps_its_words_out_of_addresses_and_a_view_is_ones_own() {
    let practice = Practice::staffed().await;
    let (claire, durand) = (practice.sign_in("claire").await, practice.sign_in("durand").await);
    let form = [("csrf", claire.token.as_str()), ("q", "dupont fièvre"), ("du", "2026-01-02")];
    let asked = practice.post("/recherche/mots", &claire.cookie, &form).await;
    let place = asked.header("location").to_owned();
    assert!(place.starts_with("/recherche?r=") && place.ends_with("&du=2026-01-02"), "{place}");
    assert!(!place.contains("dupont"));
    let page = practice.get(&place, &claire.cookie).await.body;
    assert!(page.contains("value=\"dupont fièvre\"") && page.contains("data-test=\"empty\""));

    let save = place.replace("/recherche?", "/recherche/vues?");
    let form = [("csrf", claire.token.as_str()), ("nom", "Suivi")];
    let saved = practice.post(&save, &claire.cookie, &form).await;
    assert_eq!((saved.status, saved.header("location")), (StatusCode::SEE_OTHER, place.as_str()));
    let page = practice.get("/recherche", &claire.cookie).await.body;
    let view = format!("/vues/{}", between(&page, "href=\"/vues/", "\""));
    assert!(page.contains(">Suivi</a>"));
    let opened = practice.get(&view, &claire.cookie).await;
    assert_eq!(opened.header("location"), place, "the same words, the same name");
    assert_eq!(practice.get(&view, &durand.cookie).await.status, StatusCode::NOT_FOUND);
    let forget = format!("{view}/oublier");
    practice.post(&forget, &claire.cookie, &[("csrf", claire.token.as_str())]).await;
    // Said once, with its undo; then gone.
    let page = practice.get("/recherche", &claire.cookie).await.body;
    assert!(page.contains("« Suivi » est oubliée") && page.contains("action=\"/vues/retablir\""));
    assert!(!practice.get("/recherche", &claire.cookie).await.body.contains("Suivi"));
    practice.post("/vues/retablir", &claire.cookie, &[("csrf", claire.token.as_str())]).await;
    assert!(practice.get("/recherche", &claire.cookie).await.body.contains(">Suivi</a>"));

    let admin = practice.sign_in("admin").await;
    for path in ["/recherche", "/remis", "/vues"] {
        assert_eq!(practice.get(path, &admin.cookie).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let empty = practice.get("/remis?etat=refuse", &claire.cookie).await;
    assert!(
        empty.body.contains("Aucune destination") && empty.body.contains("data-test=\"empty\"")
    );
}
