/**
 * The page: features side by side. They know the store and nothing of each other.
 */
import { FitToBudget } from './feature/budget/FitToBudget.tsx';
import { Controls } from './feature/controls/Controls.tsx';
import { Curves } from './feature/curves/Curves.tsx';
import { FrontPlot } from './feature/curves/FrontPlot.tsx';
import { Download } from './feature/download/Download.tsx';
import { Header } from './feature/header/Header.tsx';
import { LayerTable } from './feature/layers/LayerTable.tsx';
import { ModelNotes } from './feature/model/ModelNotes.tsx';
import { Banner, Toasts } from './feature/open/Banner.tsx';
import { DropZone } from './feature/open/DropZone.tsx';
import { OpeningCard } from './feature/open/OpeningCard.tsx';
import { Preprocess } from './feature/preprocess/Preprocess.tsx';
import { ResultCard } from './feature/result/ResultCard.tsx';
import { Strip } from './feature/result/Strip.tsx';
import type { App } from './state/app.ts';

export const Page = ({ app }: { app: App }) => (
  <>
    <Header opener={app.opener} />
    <main class="page">
      <Banner />
      <ModelNotes opener={app.opener} />
      <Strip />
      <div class="bench">
        <Controls action={<FitToBudget searcher={app.searcher} plot={<FrontPlot plots={app.plots} />} />} />
        <Curves plots={app.plots} sweeper={app.sweeper} />
        <div class="card outcome">
          <ResultCard runner={app.runner} />
          <Download exporter={app.exporter} verifier={app.verifier} />
        </div>
      </div>
      <LayerTable />
    </main>
    <OpeningCard opener={app.opener} runner={app.runner} />
    <Preprocess reader={app.reader} />
    <Toasts />
    <DropZone opener={app.opener} />
  </>
);
