// Pictures of every page for people to look at, in target/screenshots/. Judges nothing.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { goTo, pagesOffered } from './visit.mjs';

export const FOLDER = new URL('../../target/screenshots/', import.meta.url);
export const THEMES = ['light', 'dark'];
const SIZES = [{ width: 1440, height: 900 }, { width: 390, height: 844 }];

/** Photographs every page of the navigation in both sizes. */
export async function photographPages(page, theme) {
  await mkdir(FOLDER, { recursive: true });
  for (const size of SIZES) {
    await page.setViewportSize(size);
    for (const href of await pagesOffered(page)) {
      await goTo(page, href);
      const name = `${href.slice(2)}-${size.width}x${size.height}-${theme}.png`;
      await page.screenshot({ path: fileURLToPath(new URL(name, FOLDER)) });
    }
  }
}
