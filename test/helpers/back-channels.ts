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
  close(): void;
}

/** A server on loopback that only listens. */
export async function startChannelServer(): Promise<ChannelServer> {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    calls.push(request.url ?? "");
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { address: `http://127.0.0.1:${port}`, calls, close };
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
    css("breakout", `/*</style><img src="${to("css-breakout")}">*/`),
  ]);
}
