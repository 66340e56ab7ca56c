import maplibregl from 'maplibre-gl/dist/maplibre-gl-csp.js';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-csp-worker.js?url';
import 'maplibre-gl/dist/maplibre-gl.css';

// The build whose worker is a file of its own: it needs no script made of text, which the server's policy refuses.
maplibregl.setWorkerUrl(workerUrl);

export { maplibregl };
