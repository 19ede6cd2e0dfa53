import { formatDuration, type MemberProgress, type Race, secondsAt, speakDuration } from '@lockin/sdk';
import { Image, StyleSheet, View } from 'react-native';
import { useServerNow } from '../lockin';
import { texts } from '../texts';
import { Body, Name } from '../ui/text';
import { useTheme } from '../ui/theme';

/** Leader first. Sorts again, because a running member may have overtaken others since the race was sent. */
export function Lanes({ race }: { race: Race }) {
  const now = useServerNow();
  const lanes = race
    .map((member) => ({ member, seconds: secondsAt(member, now) }))
    .sort((a, b) => b.seconds - a.seconds || a.member.rank - b.member.rank);
  return (
    <View role="list" aria-label={texts.race.lanes} style={styles.lanes}>
      {lanes.map(({ member, seconds }, index) => (
        <Lane key={member.user_id} place={index + 1} member={member} seconds={seconds} />
      ))}
    </View>
  );
}

function Lane({ place, member, seconds }: { place: number; member: MemberProgress; seconds: number }) {
  const { accent, border } = useTheme();
  const { display_name, avatar_url, running, target_minutes } = member;
  const share = Math.min(seconds / (target_minutes * 60), 1);
  const state = share === 1 ? texts.race.goalMet : running ? texts.race.running : texts.race.resting;
  const label = texts.race.lane(place, display_name ?? texts.nobody, speakDuration(seconds), state);
  return (
    <View accessible role="listitem" aria-label={label} style={styles.lane}>
      <View style={styles.head}>
        {avatar_url !== null && <Image source={{ uri: avatar_url }} style={styles.avatar} />}
        <Name>{display_name}</Name>
      </View>
      <Body muted>
        {formatDuration(seconds)} {texts.race.of(target_minutes)}, {state}
      </Body>
      <View style={[styles.track, { backgroundColor: border }]}>
        <View style={[styles.done, { backgroundColor: accent, width: `${share * 100}%` }]} />
      </View>
    </View>
  );
}

const styles = StyleSheet.create({
  lanes: { gap: 16 },
  lane: { gap: 4 },
  head: { flexDirection: 'row', alignItems: 'center', gap: 8 },
  avatar: { width: 32, height: 32, borderRadius: 16 },
  track: { height: 8, borderRadius: 4, overflow: 'hidden' },
  done: { height: 8 },
});
