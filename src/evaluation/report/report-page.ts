import { factsSection, pixelSection, trainingSection } from './detail-sections.ts';
import { headlineSection } from './headline-section.ts';
import { html, raw } from './html.ts';
import { readingSection } from './reading-section.ts';
import type { ReportData } from './report-data.ts';
import { sceneSections, worstSection } from './scene-sections.ts';
import { scoreTable } from './score-table.ts';
import { SCRIPT, STYLE } from './style.ts';

/**
 * The evaluation as one HTML page that needs nothing else: styles, script and pictures are inside, and its security
 * policy forbids any other source. All names are escaped. Pure: equal data gives equal text.
 */
export function reportPage(data: ReportData): string {
  const { evaluation } = data;
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta
        http-equiv="Content-Security-Policy"
        content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
      />
      <title>${evaluation.application}: evaluation of ${evaluation.run}</title>
      <style>
        ${raw(STYLE)}
      </style>
    </head>
    <body>
      <main>
        ${headlineSection(evaluation)} ${scoreTable(evaluation)}
        ${data.scenes.length > 0 && sceneSections(data)} ${worstSection(data)} ${pixelSection(data)}
        ${trainingSection(data)} ${factsSection(data)} ${readingSection(evaluation.settings)}
        <footer>
          Made ${evaluation.created} by RESFlow ${data.programVersion} from run ${evaluation.run}. The same
          numbers, and more, are in runs/${evaluation.run}/evaluation.json.
        </footer>
      </main>
      <dialog aria-label="enlarged picture"><img alt="" /></dialog>
      <script>
        ${raw(SCRIPT)};
      </script>
    </body>
  </html>`;
  return `<!doctype html>\n${page.text}\n`;
}
