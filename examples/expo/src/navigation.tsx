import { createBottomTabNavigator } from '@react-navigation/bottom-tabs';
import { DarkTheme, DefaultTheme, NavigationContainer } from '@react-navigation/native';
import { createNativeStackNavigator, type NativeStackScreenProps } from '@react-navigation/native-stack';
import { GroupScreen } from './groups/group-screen';
import { GroupsScreen } from './groups/groups-screen';
import { InviteScreen } from './groups/invite-screen';
import { NewGroupScreen } from './groups/new-group-screen';
import { InboxScreen } from './inbox/inbox-screen';
import { useQuery } from './lockin';
import { ProfileScreen } from './profile/profile-screen';
import { texts } from './texts';
import { useIsDark } from './ui/theme';

/** The screens about groups, and their parameters. */
type GroupScreens = {
  Groups: undefined;
  NewGroup: undefined;
  Group: { id: string; name: string };
  Invite: { groupId: string };
};
export type ScreenProps<Name extends keyof GroupScreens> = NativeStackScreenProps<GroupScreens, Name>;

const Stack = createNativeStackNavigator<GroupScreens>();
const Tabs = createBottomTabNavigator<{ GroupsTab: undefined; Inbox: undefined; Profile: undefined }>();

function GroupStack() {
  return (
    <Stack.Navigator>
      <Stack.Screen name="Groups" component={GroupsScreen} options={{ title: texts.groups.title }} />
      <Stack.Screen name="NewGroup" component={NewGroupScreen} options={{ title: texts.newGroup.title }} />
      <Stack.Screen name="Group" component={GroupScreen} options={({ route }) => ({ title: route.params.name })} />
      <Stack.Screen name="Invite" component={InviteScreen} options={{ title: texts.invite.title }} />
    </Stack.Navigator>
  );
}

interface NavigationProps {
  onSignOut: () => void;
  onDeleted: () => void;
}

export function Navigation({ onSignOut, onDeleted }: NavigationProps) {
  const isDark = useIsDark();
  const { data: me } = useQuery('get', '/api/me', {}, { refetchInterval: 60_000 });
  const unread = me?.unread_notifications ?? 0;
  return (
    <NavigationContainer theme={isDark ? DarkTheme : DefaultTheme}>
      <Tabs.Navigator screenOptions={{ tabBarIcon: () => null, tabBarLabelPosition: 'beside-icon' }}>
        <Tabs.Screen
          name="GroupsTab"
          component={GroupStack}
          options={{ title: texts.groups.title, headerShown: false }}
        />
        <Tabs.Screen
          name="Inbox"
          component={InboxScreen}
          options={{ title: texts.inbox.title, tabBarBadge: unread > 0 ? unread : undefined }}
        />
        <Tabs.Screen name="Profile" options={{ title: texts.profile.title }}>
          {() => <ProfileScreen onSignOut={onSignOut} onDeleted={onDeleted} />}
        </Tabs.Screen>
      </Tabs.Navigator>
    </NavigationContainer>
  );
}
