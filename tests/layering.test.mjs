/**
 * @file Who may import whom, and how long and how named files may be. Each rule is shown a text that breaks it
 * first, so that a rule that sees nothing is noticed.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { circleViolations } from './layering/circles.mjs';
import { crateViolations } from './layering/crates.mjs';
import { browserViolations, coreViolations, outsideViolations, shellViolations } from './layering/modules.mjs';
import { pageViolations } from './layering/page.mjs';
import { lockedAddresses, longFiles, longFunctions, machinePaths, shapelessNames } from './layering/shape.mjs';
import { projectFiles, workspaceCrates } from './layering/sources.mjs';

const files = projectFiles();
const home = ['', 'home', 'someone', 'x'].join('/');
const long = (/** @type {number} */ count, /** @type {string} */ line) => `${line}\n`.repeat(count);

/**
 * A rule over source files, texts that it must catch, and texts that it must let pass.
 * @typedef {{ path: string, text: string }} Sample
 * @type {{ name: string, rule: (files: Sample[]) => string[], caught: Sample[], passed: Sample[] }[]}
 */
const RULES = [
  {
    name: 'modules of core import only what lies below them',
    rule: coreViolations,
    caught: [
      { path: 'crate/core/src/graph/edit.rs', text: 'use crate::import::Model;' },
      { path: 'crate/core/src/compress/svd.rs', text: 'use crate::{\n  graph::{Edit, Graph},\n  cost::Table,\n};' },
      { path: 'crate/core/src/compress/mod.rs', text: 'fn f() { super::evaluate::score(); }' },
      { path: 'crate/core/src/cost/table.rs', text: 'use super::super::session::Session;' },
      { path: 'crate/core/src/export/mod.rs', text: 'pub use crate::session::Session;' },
      { path: 'crate/core/src/unheard.rs', text: '' },
    ],
    passed: [
      { path: 'crate/core/src/compress/svd.rs', text: 'use crate::graph::Edit;\nuse super::Method;' },
      { path: 'crate/core/src/session/mod.rs', text: 'use crate::{cost::Table, evaluate};' },
      { path: 'crate/core/src/graph/mod.rs', text: '//! See [`crate::session`].\nuse crate::graph::Edit;' },
      { path: 'crate/core/src/compress/svd.rs', text: '#[cfg(test)]\nmod tests {\n  use crate::import::read;\n}' },
    ],
  },
  {
    name: 'core and what it is built on touch no file, clock, environment or screen',
    rule: outsideViolations,
    caught: [
      { path: 'crate/core/src/import/mod.rs', text: 'use std::fs::File;' },
      { path: 'crate/core/src/import/mod.rs', text: 'use std::{collections::HashMap, env};' },
      { path: 'crate/linalg/src/svd.rs', text: 'let start = Instant::now();' },
      { path: 'crate/data/src/npy.rs', text: 'use std::fs::File;' },
      { path: 'crate/core/src/compress/svd.rs', text: 'fn f() { println!("{x}"); }' },
    ],
    passed: [
      { path: 'crate/core/src/import/mod.rs', text: 'use std::{collections::HashMap, fmt};\n// std::fs is not for us' },
      { path: 'crate/linalg/src/tests.rs', text: 'use std::fs::File;' },
      { path: 'crate/cli/src/main.rs', text: 'use std::fs::File;' },
    ],
  },
  {
    name: 'only crate/wasm knows the browser',
    rule: browserViolations,
    caught: [{ path: 'crate/core/src/session/mod.rs', text: 'fn f(x: JsValue) {}' }],
    passed: [{ path: 'crate/wasm/src/lib.rs', text: 'use wasm_bindgen::JsValue;' }],
  },
  {
    name: 'the shells see core::session only',
    rule: shellViolations,
    caught: [
      { path: 'crate/wasm/src/lib.rs', text: 'use sepal_core::compress::Svd;' },
      { path: 'crate/cli/src/main.rs', text: 'use sepal_core::{session::Session, graph};' },
    ],
    passed: [{ path: 'crate/cli/src/main.rs', text: 'use sepal_core::session::{Session, Plan};' }],
  },
  {
    name: 'folders of the page import only what they may',
    rule: pageViolations,
    caught: [
      { path: 'www/src/lib/format.ts', text: "import type { Plan } from '../protocol/generated.ts';" },
      { path: 'www/src/protocol/message.ts', text: "export { a } from '../lib/a.ts';" },
      { path: 'www/src/worker/session.ts', text: "import { x } from '../state/store.ts';" },
      { path: 'www/src/worker/session.ts', text: "import { signal } from '@preact/signals';" },
      { path: 'www/src/feature/curves/view.tsx', text: "import {\n  x,\n} from '../layers/table.tsx';" },
      { path: 'www/src/feature/curves/view.tsx', text: "import { x } from '../../worker/session.ts';" },
      { path: 'www/src/feature/curves/view.tsx', text: "import init from '../../wasm/pkg/sepal_wasm.js';" },
      { path: 'www/src/client/session.ts', text: "import url from '../wasm/pkg/sepal_wasm_bg.wasm?url';" },
      { path: 'www/src/client/session.ts', text: "import { x } from '../worker/session.ts';" },
      { path: 'www/src/main.tsx', text: "const x = await import('./worker/session.ts');" },
      { path: 'www/src/lib/a.ts', text: "import { x } from '../../../crate/wasm/command.mjs';" },
      { path: 'www/src/unheard/a.ts', text: '' },
    ],
    passed: [
      { path: 'www/src/feature/curves/view.tsx', text: "import { x } from './chart.ts';\nimport '../../lib/a.ts';" },
      { path: 'www/src/client/session.ts', text: "new Worker(new URL('../worker/session.ts', import.meta.url));" },
      { path: 'www/src/client/engine.ts', text: "import url from '../wasm/pkg/sepal_wasm_bg.wasm?url';" },
      { path: 'www/src/lib/format.test.ts', text: "import { test } from 'vitest';" },
      { path: 'www/src/lib/format.ts', text: "/** import { x } from '../state/a.ts' */" },
      { path: 'www/src/protocol/generated.ts', text: 'export type A = "import" | "b";' },
    ],
  },
  {
    name: 'no file is longer than 500 lines',
    rule: longFiles,
    caught: [{ path: 'crate/core/src/a.rs', text: long(501, 'x') }],
    passed: [
      { path: 'crate/core/src/a.rs', text: long(500, 'x') },
      { path: 'www/src/protocol/generated.ts', text: long(900, 'x') },
    ],
  },
  {
    name: 'no function is longer than 80 lines',
    rule: longFunctions,
    caught: [
      { path: 'a.rs', text: `    pub(crate) fn f(\n        a: u8,\n    ) -> u8 {\n${long(78, '        g();')}    }\n` },
      { path: 'a.rs', text: `fn f<T>(a: T)\nwhere\n    T: X,\n{\n${long(78, '    g();')}}\n` },
      { path: 'a.ts', text: `export async function f() {\n${long(79, '  g();')}}\n` },
      { path: 'a.tsx', text: `export const F = (a: number) => (\n${long(79, '  <b />')});\n` },
      { path: 'a.ts', text: `class A {\n  f(a: number): void {\n${long(79, '    g();')}  }\n}\n` },
    ],
    passed: [
      { path: 'a.rs', text: `fn f() {\n${long(78, '    g();')}}\n` },
      { path: 'a.rs', text: `trait A {\n    fn f();\n    fn g() -> u8 { 3 }\n}\n${long(90, 'x();')}` },
      { path: 'a.ts', text: `function f() {\n${long(78, '  g();')}}\n${long(20, 'g();')}` },
      { path: 'a.test.ts', text: `describe(() => {\n${long(90, '  g();')}});\n` },
    ],
  },
  {
    name: 'every file has a name that says what is in it',
    rule: shapelessNames,
    caught: [
      { path: 'www/src/lib/utils.ts', text: '' },
      { path: 'crate/core/src/helper.rs', text: '' },
    ],
    passed: [{ path: 'www/src/lib/format.ts', text: '' }],
  },
  {
    name: 'no file names a path of one machine',
    rule: machinePaths,
    caught: [{ path: 'README.md', text: `see ${home}` }],
    passed: [{ path: 'README.md', text: 'network/work/x and https://a.b/home/x' }],
  },
  {
    name: 'the npm lock file names no registry',
    rule: lockedAddresses,
    caught: [{ path: 'package-lock.json', text: '"resolved": "https://a.b/c.tgz"' }],
    passed: [{ path: 'package-lock.json', text: '"version": "1.0.0"' }],
  },
];

for (const { name, rule, caught, passed } of RULES) {
  describe(name, () => {
    test('the rule catches what breaks it', () => {
      for (const sample of caught) {
        assert.notDeepEqual(rule([sample]), [], `not caught: ${sample.path}: ${sample.text.slice(0, 80)}`);
      }
    });
    test('the rule lets the rest pass', () => {
      assert.deepEqual(
        passed.flatMap((sample) => rule([sample])),
        [],
      );
    });
    test('it holds here', () => {
      assert.deepEqual(rule(files), []);
    });
  });
}

describe('no two files of a folder need each other', () => {
  const file = (/** @type {string} */ name, /** @type {string} */ text) => ({ path: `crate/core/src/${name}`, text });
  /** @type {{ path: string, text: string }[][]} */
  const caught = [
    [file('a/b.rs', 'use super::c::D;'), file('a/c.rs', 'use super::b;')],
    [
      file('a/b.rs', 'use super::{E, c::{D, F}};'),
      file('a/c.rs', 'fn f() { super::d::g(); }'),
      file('a/d.rs', 'use super::b::H;'),
    ],
    [file('b.rs', 'use crate::c::D;'), file('c.rs', 'use crate::{\n  a,\n  b::E,\n};')],
    [file('a/b.rs', 'use super::c::d;'), file('a/c/d.rs', 'use super::super::b::E;')],
    [file('a/b.rs', 'use super::c::d;'), file('a/c/mod.rs', 'use crate::a::b::E;')],
  ];
  const passed = [
    [
      file('a/b.rs', 'use super::c::D;'),
      file('a/c.rs', 'use super::E;'),
      file('a/mod.rs', 'use b::F;\nuse self::c::D;'),
    ],
    [
      file('a/b.rs', 'use super::c::D;'),
      file('a/c.rs', '//! See [`super::b`].\n#[cfg(test)]\nmod tests {\n  use super::super::b;\n}'),
    ],
    [file('a/b.rs', 'use crate::d::c::D;'), file('d/c.rs', 'use super::b;')],
  ];
  test('the rule catches what breaks it', () => {
    for (const sample of caught) {
      assert.equal(circleViolations(sample).length, 1, JSON.stringify(sample));
    }
  });
  test('the rule lets the rest pass', () => {
    assert.deepEqual(passed.flatMap(circleViolations), []);
  });
  test('it holds here', () => {
    assert.deepEqual(circleViolations(files), []);
  });
});

describe('crates depend only on what lies below them', () => {
  const crate = (
    /** @type {string} */ name,
    /** @type {string} */ dependency,
    /** @type {string | null} */ kind = null,
  ) => ({
    name,
    dependencies: [{ name: dependency, kind }],
  });
  test('the rule catches what breaks it', () => {
    const wrong = [
      crate('sepal-plot', 'sepal-core'),
      crate('sepal-core', 'wasm-bindgen'),
      crate('sepal-core', 'sepal-plot'),
      crate('sepal-data', 'sepal-core'),
      crate('sepal-onnx', 'sepal-core'),
      crate('sepal-tflite', 'sepal-data'),
      crate('sepal-runtime', 'serde'),
      crate('sepal', 'sepal-wasm'),
      crate('sepal-other', 'serde'),
    ];
    assert.equal(crateViolations(wrong).length, wrong.length);
  });
  test('the rule lets the rest pass', () => {
    const right = [crate('sepal-core', 'faer'), crate('sepal-plot', 'sepal-core', 'dev'), crate('sepal', 'sepal-core')];
    assert.deepEqual(crateViolations(right), []);
  });
  test('it holds here', () => {
    assert.deepEqual(crateViolations(workspaceCrates()), []);
  });
});
