import { Deck, OrthographicView } from '@deck.gl/core';
import { useEffect, useRef } from 'react';
import { chipsOnDeck } from './chip-points.ts';
import type { CloudProps } from './cloud-props.ts';

/** The plane is two units wide. */
const HALF_SIDE = 1.06;

/** All chips in a plane where like lies near like. */
export function ChipCloud({ chips, shown, found, chosen, dark, onChip }: CloudProps) {
  const place = useRef<HTMLDivElement>(null);
  const deck = useRef<Deck<OrthographicView> | null>(null);
  useEffect(() => {
    const { current: parent } = place;
    if (parent === null) return undefined;
    const side = Math.min(parent.clientWidth, parent.clientHeight);
    const made = new Deck({
      parent,
      views: new OrthographicView({ flipY: false }),
      initialViewState: {
        target: [0, 0, 0],
        zoom: Math.log2(Math.max(200, side) / (2 * HALF_SIDE)),
        minZoom: 4,
        maxZoom: 16,
      },
      controller: true,
      pickingRadius: 4,
      getCursor: ({ isHovering }) => (isHovering ? 'pointer' : 'grab'),
    });
    deck.current = made;
    return () => {
      deck.current = null;
      made.finalize();
    };
  }, []);
  useEffect(() => {
    deck.current?.setProps(
      chipsOnDeck(
        { chips, shown, found, chosen, dark, onChip },
        {
          id: 'cloud',
          position: (chip) => [chips.x[chip] ?? 0, chips.y[chip] ?? 0],
          radius: chips.id.length > 4000 ? 3 : 5,
          about: (chip) => `, ${chips.place[chip]}`,
        },
      ),
    );
  }, [chips, shown, found, chosen, dark, onChip]);
  return (
    <div
      ref={place}
      className="cloud"
      role="img"
      aria-label={`${shown.length} chips in a plane, like ones near each other, coloured by bucket`}
    />
  );
}
