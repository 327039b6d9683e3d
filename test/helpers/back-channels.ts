/**
 * Ways in which HTML makes a reader's program call somebody, as the EFAIL authors and others collected
 * them. Each names its own address, so that a request tells which one got through.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface ChannelServer {
  readonly address: string;
  /** paths that somebody asked for, in order */
  readonly calls: readonly string[];
  /** how often somebody connected, to ask or only to be ready */
  connections(): number;
  close(): void;
}

/** A server on loopback that only listens. */
export async function startChannelServer(): Promise<ChannelServer> {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    calls.push(request.url ?? "");
    response.writeHead(404).end();
  });
  let connections = 0;
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { address: `http://127.0.0.1:${port}`, calls, connections: () => connections, close };
}

/** @param to an address for a channel's name; @returns channel → HTML */
export function backChannels(to: (name: string) => string): ReadonlyMap<string, string> {
  const css = (name: string, rule: string): [string, string] => [`css-${name}`, `<style>${rule}</style>`];
  return new Map([
    ["img", `<img src="${to("img")}">`],
    ["img-unquoted", `<img src=${to("img-unquoted")}>`],
    ["img-unclosed", `<p>secret</p><img src="${to("img-unclosed")}" alt="`],
    ["img-relative", `<base href="${to("img-relative")}/"><img src="x.png">`],
    ["img-scheme-relative", `<img src="${to("img-scheme-relative").replace(/^https?:/, "")}">`],
    ["img-blanks", `<img src=" \n${to("img-blanks")}">`],
    ["img-srcset", `<img srcset="${to("img-srcset")} 1x">`],
    ["picture", `<picture><source srcset="${to("picture")}"><img></picture>`],
    ["image", `<image src="${to("image")}">`],
    ["input-image", `<input type="image" src="${to("input-image")}">`],
    ["body-background", `<body background="${to("body-background")}">x</body>`],
    ["table-background", `<table background="${to("table-background")}"><tr><td>x</td></tr></table>`],
    ["link-stylesheet", `<link rel="stylesheet" href="${to("link-stylesheet")}">`],
    ["link-icon", `<link rel="icon" href="${to("link-icon")}">`],
    ["link-preload", `<link rel="preload" as="image" href="${to("link-preload")}">`],
    ["link-prefetch", `<link rel="prefetch" href="${to("link-prefetch")}">`],
    ["meta-refresh", `<meta http-equiv="refresh" content="0; url=${to("meta-refresh")}">`],
    ["meta-link", `<meta http-equiv="link" content="<${to("meta-link")}>; rel=stylesheet">`],
    ["iframe", `<iframe src="${to("iframe")}"></iframe>`],
    ["iframe-srcdoc", `<iframe srcdoc="<img src='${to("iframe-srcdoc")}'>"></iframe>`],
    ["object", `<object data="${to("object")}"></object>`],
    ["embed", `<embed src="${to("embed")}">`],
    ["audio", `<audio src="${to("audio")}" preload="auto" autoplay></audio>`],
    ["video", `<video src="${to("video")}" autoplay muted></video>`],
    ["video-poster", `<video poster="${to("video-poster")}"></video>`],
    ["source", `<video autoplay muted><source src="${to("source")}"></video>`],
    ["track", `<video src="data:,"><track default kind="subtitles" src="${to("track")}"></video>`],
    ["script", `<script src="${to("script")}"></script>`],
    ["svg-image", `<svg><image href="${to("svg-image")}" width="9" height="9"/></svg>`],
    ["svg-xlink", `<svg><image xlink:href="${to("svg-xlink")}" width="9" height="9"/></svg>`],
    ["svg-style", `<svg><style>@import "${to("svg-style")}";</style></svg>`],
    ["svg-use", `<svg><use href="${to("svg-use")}#a"/></svg>`],
    ["svg-foreign", `<svg><foreignObject><img src="${to("svg-foreign")}"></foreignObject></svg>`],
    ["math-style", `<math><style><img src="${to("math-style")}"></style></math>`],
    ["noscript", `<noscript><img src="${to("noscript")}"></noscript>`],
    [
      "noscript-breakout",
      `<noscript><p title="</noscript><img src='${to("noscript-breakout")}'>"></noscript>`,
    ],
    [
      "textarea-breakout",
      `<textarea><p title="</textarea><img src='${to("textarea-breakout")}'>"></textarea>`,
    ],
    ["comment-breakout", `<!--><img src="${to("comment-breakout")}">-->`],
    ["conditional", `<!--[if !mso]><!--><img src="${to("conditional")}"><!--<![endif]-->`],
    ["template", `<template shadowrootmode="open"><img src="${to("template")}"></template>`],
    ["style-attribute", `<div style="background:url('${to("style-attribute")}')">x</div>`],
    ["style-escape", `<div style="background:\\75 rl('${to("style-escape")}')">x</div>`],
    [
      "style-border",
      `<div style="border-image:url(${to("style-border")}) 1;border-width:9px;border-style:solid">x</div>`,
    ],
    ["style-list", `<ul style="list-style-image:url(${to("style-list")})"><li>x</ul>`],
    ["style-image-set", `<div style="background:image-set('${to("style-image-set")}' 1x)">x</div>`],
    css("import", `@import "${to("css-import")}";`),
    css("import-url", `@import url(${to("css-import-url")});`),
    css("import-escape", `@\\69mport "${to("css-import-escape")}";`),
    css("import-comment", `/**/@import/**/"${to("css-import-comment")}";`),
    css(
      "font",
      `@font-face{font-family:f;src:url(${to("css-font")})} *{font-family:f} </style><p>x</p><style>`,
    ),
    css("content", `p:before{content:url(${to("css-content")})} </style><p>x</p><style>`),
    css("variable", `:root{--a:url(${to("css-variable")})} body{background:var(--a)}`),
    css("outlook", `<!-- body{background:url(${to("css-outlook")})} -->`),
    ...moreLinks(to),
    ...moreElements(to),
    ...moreStyles(to),
    css("breakout", `/*</style><img src="${to("css-breakout")}">*/`),
  ]);
}

/** What only prepares to load: a name looked up or a connection opened tells as much as a request. */
function moreLinks(to: (name: string) => string): [string, string][] {
  const kinds = [
    ...["dns-prefetch", "preconnect", "prerender", "modulepreload", "manifest", "alternate stylesheet"],
    ...["apple-touch-icon", "mask-icon", "pingback", "next", "search", "import", "subresource"],
  ];
  const links = kinds.map((kind): [string, string] => {
    const name = `link-${kind.replaceAll(" ", "-")}`;
    return [name, `<link rel="${kind}" href="${to(name)}">`];
  });
  const rules = `{"prefetch":[{"source":"list","urls":["${to("speculation")}"]}]}`;
  return [
    ...links,
    ["link-imagesrcset", `<link rel="preload" as="image" imagesrcset="${to("link-imagesrcset")} 1x">`],
    ["link-font", `<link rel="preload" as="font" crossorigin href="${to("link-font")}">`],
    ["link-body", `<body><p>x</p><link rel="stylesheet" href="${to("link-body")}"></body>`],
    ["speculation", `<script type="speculationrules">${rules}</script>`],
    [
      "meta-csp",
      `<meta http-equiv="Content-Security-Policy" content="img-src 'none'; report-uri ${to("meta-csp")}"><img src="data:x">`,
    ],
    ["meta-refresh-blank", `<meta http-equiv=" refresh " content="0;URL='${to("meta-refresh-blank")}'">`],
    ["manifest", `<html manifest="${to("manifest")}"><p>x</p></html>`],
    ["doctype", `<!DOCTYPE html SYSTEM "${to("doctype")}"><p>x</p>`],
    ["xml-stylesheet", `<?xml-stylesheet href="${to("xml-stylesheet")}" type="text/css"?><p>x</p>`],
  ];
}

/** Old elements, other names for the same thing, and names that lead elsewhere: cid:, forms. */
function moreElements(to: (name: string) => string): [string, string][] {
  const tag = (name: string, markup: (url: string) => string): [string, string] => [name, markup(to(name))];
  return [
    tag(
      "form-action",
      (url) => `<form action="${url}"><input name=a value=secret><button autofocus>x</button></form>`,
    ),
    tag("formaction", (url) => `<form><input type=image formaction="${url}" src="${url}"></form>`),
    tag("isindex", (url) => `<isindex action="${url}" type="image" src="${url}">`),
    tag("a-ping", (url) => `<a href="#x" ping="${url}">x</a>`),
    tag("frameset", (url) => `<frameset><frame src="${url}"></frameset>`),
    tag("object-cid", (url) => `<object data="cid:part1" codebase="${url}"><img src="${url}"></object>`),
    tag("cid-base", (url) => `<base href="${url}/"><img src="cid:x/../../y"><img src="x">`),
    tag(
      "iframe-cid",
      (url) => `<iframe src="cid:part1"></iframe><iframe src="${url}" loading="eager"></iframe>`,
    ),
    tag("iframe-data", (url) => `<iframe src="data:text/html,<img src='${url}'>"></iframe>`),
    tag(
      "object-svg",
      (url) =>
        `<object type="image/svg+xml" data="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><image href='${url}' width='9' height='9'/></svg>"></object>`,
    ),
    tag("applet", (url) => `<applet codebase="${url}" archive="${url}" code="x"></applet>`),
    tag("bgsound", (url) => `<bgsound src="${url}">`),
    tag("layer", (url) => `<layer src="${url}"></layer><ilayer src="${url}"></ilayer>`),
    tag("lowsrc", (url) => `<img lowsrc="${url}" dynsrc="${url}" longdesc="${url}">`),
    tag(
      "td-background",
      (url) => `<table><tr background="${url}"><td background="${url}">x</td></tr></table>`,
    ),
    tag("cite", (url) => `<blockquote cite="${url}"><q cite="${url}">x</q></blockquote>`),
    tag("fencedframe", (url) => `<fencedframe src="${url}"></fencedframe><portal src="${url}"></portal>`),
    tag("video-data", (url) => `<video controls><source src="data:," onerror="fetch('${url}')"></video>`),
    tag("onerror", (url) => `<img src="x:" onerror="this.src='${url}'">`),
    tag("onload", (url) => `<body onload="location='${url}'">x</body>`),
    tag("javascript", (url) => `<iframe src="javascript:location='${url}'"></iframe>`),
    tag(
      "svg-feimage",
      (url) =>
        `<svg width=9 height=9><filter id=f><feImage href="${url}"/></filter><rect width=9 height=9 filter="url(#f)"/></svg>`,
    ),
    tag(
      "svg-animate",
      (url) =>
        `<svg><image width=9 height=9><animate attributeName="href" values="${url}" dur="1s" fill="freeze"/></image></svg>`,
    ),
    tag(
      "svg-set",
      (url) => `<svg><image width=9 height=9><set attributeName="href" to="${url}"/></image></svg>`,
    ),
    tag("svg-fill", (url) => `<svg><rect width=9 height=9 fill="url(${url}#a)"/></svg>`),
    tag("svg-script", (url) => `<svg><script href="${url}"></script></svg>`),
    tag(
      "svg-link",
      (url) => `<svg><link xmlns="http://www.w3.org/1999/xhtml" rel="stylesheet" href="${url}"/></svg>`,
    ),
    tag("math-href", (url) => `<math href="${url}"><mtext><img src="${url}"></mtext></math>`),
    tag(
      "xss-mutation",
      (url) => `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=${url}&gt;">`,
    ),
    tag("xss-namespace", (url) => `<svg></p><style><a id="</style><img src=${url}>"></svg>`),
  ];
}

/** Every property that takes an address, and the ways to name one without url(). */
function moreStyles(to: (name: string) => string): [string, string][] {
  const rule = (name: string, declarations: (url: string) => string): [string, string] => [
    `style-${name}`,
    `<style>div{${declarations(to(`style-${name}`))}}</style><div>x</div>`,
  ];
  return [
    rule("cursor", (url) => `cursor:url(${url}),auto`),
    rule("mask", (url) => `mask:url(${url})`),
    rule("mask-image", (url) => `-webkit-mask-image:url(${url})`),
    rule("clip-path", (url) => `clip-path:url(${url}#a)`),
    rule("filter", (url) => `filter:url(${url}#a)`),
    rule("backdrop", (url) => `backdrop-filter:url(${url}#a)`),
    rule("shape-outside", (url) => `float:left;shape-outside:url(${url})`),
    rule("border-source", (url) => `border:9px solid;border-image-source:url("${url}")`),
    rule("box-reflect", (url) => `-webkit-box-reflect:below 0 url(${url})`),
    rule("cross-fade", (url) => `background:-webkit-cross-fade(url(${url}),url(${url}),50%)`),
    rule("webkit-image-set", (url) => `background:-webkit-image-set(url(${url}) 1x)`),
    rule("offset-path", (url) => `offset-path:url(${url}#a)`),
    rule("behavior", (url) => `behavior:url(${url});-moz-binding:url(${url}#a)`),
    rule("expression", (url) => `width:expression(new Image().src='${url}')`),
    [
      "style-nested",
      `<style>@media all{@supports (color:red){div{background:url(${to("style-nested")})}}}</style><div>x</div>`,
    ],
    ["style-layer", `<style>@layer a;@import url("${to("style-layer")}") layer(b);</style>`],
    ["style-marker", `<style>li::marker{content:url(${to("style-marker")})}</style><ul><li>x</ul>`],
    [
      "style-hover",
      `<style>body:hover,body{background-image:url(${to("style-hover")})}</style><body>x</body>`,
    ],
    ["style-print", `<style media="print,all">body{background:url(${to("style-print")})}</style>`],
    ["style-attr-quote", `<p style='background:url(&quot;${to("style-attr-quote")}&quot;)'>x</p>`],
  ];
}
